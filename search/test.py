"""
``python -m search.test``: the command line of DNANet's and HNA-NAS's ``test.py`` (spec 7.2).

Evaluates as they do and leaves the files they leave, quirks included; ``hna evaluate`` is the
honest command.  Options keep the reference's names and defaults.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from profiler.errors import DataInvalid, HnaError, OperationInvalid, RunInvalid

if TYPE_CHECKING:
    from search.metrics.metrics import Tally
    from search.metrics.reference import ReferenceCurves, ReferenceFigures
    from search.trained import Trained

RESULT = Path("result")
"""Where the reference keeps its checkpoints."""

WHITE_ALONE = 254
"""The reference counts a grey of a mask as background unless it is 255."""

EPILOG = """
Written into <root>/<dataset>/value_result: <st_model>_best_IoU.log and _best_other_metric.log (a
few lines more with every call), <st_model>_PD_FA_255 (MATLAB: number_record1 is Fa,
number_record2 is Pd) and <st_model>_metrics.json, which has this project's figures beside the
reference's.

As the reference: Fa counts 256 x 256 pixels an image whatever its size, and overlooks a false
component as large as a found one; the thresholds of Pd and Fa (b * 255 / ROC_thr) are compared
with logits, so that only bin 0 means anything; in a mask with greys only 255 is a target; a mask
of another size than its image is resized.  Other than the reference: --deep_supervision False is
false, any base size and batch size works, the folder value_result is made, no GPU is needed.
"""

_UNUSED = "accepted and without effect: "
_FLAG = {"true": True, "false": False}


def parser() -> argparse.ArgumentParser:
    """Return the parser of the reference's options."""
    options = argparse.ArgumentParser(
        prog="python -m search.test",
        description="Evaluate a trained network on the test list of a data set, as DNANet's and "
        "HNA-NAS's test.py do.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_network(options)
    _add_data(options)
    _add_rest(options)
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; those of the process unless *argv* is given."""
    arguments = parser().parse_args(argv)
    try:
        _run(arguments)
    except HnaError as error:
        sys.stderr.write(f"search.test: {error}\n")
        return 2
    return 0


def _add_network(options: argparse.ArgumentParser) -> None:
    group = options.add_argument_group("network")
    group.add_argument(
        "--model",
        default="DNANet",
        help="DNANet, UNet, UNetPlusPlus, ACM (ACM-FPN) or ACM-UNet; of no effect where "
        "model_dir is a run folder, which says what its network is (DNANet)",
    )
    group.add_argument("--channel_size", default="three", help="one, two, three or four (three)")
    group.add_argument(
        "--backbone", default="resnet_18", help="vgg_10, resnet_10, resnet_18, resnet_34"
    )
    group.add_argument("--deep_supervision", type=_truth, default=True, metavar="{True,False}")
    group.add_argument("--in_channels", type=int, default=3, help="3; nothing else")
    group.add_argument(
        "--model_dir",
        required=True,
        metavar="PATH",
        help="a checkpoint {epoch, state_dict, loss, mean_IOU}, a run folder or a .safetensors "
        "file, below result/ or anywhere",
    )
    group.add_argument(
        "--st_model", metavar="NAME", help="begins the names of the files (the data set's name)"
    )


def _add_data(options: argparse.ArgumentParser) -> None:
    group = options.add_argument_group("data")
    group.add_argument("--root", type=Path, default=Path("dataset"), help="(dataset/)")
    group.add_argument("--dataset", default="NUDT-SIRST", help="a folder of root (NUDT-SIRST)")
    group.add_argument("--split_method", default="50_50", help="folder of the lists (50_50)")
    group.add_argument("--suffix", default=".png", help="of images and masks (.png)")
    group.add_argument(
        "--mode",
        default="TXT",
        help="TXT: ids from lists; Ratio is not there, nor in the reference",
    )
    group.add_argument("--base_size", type=int, default=256, help="images are resized to it (256)")
    group.add_argument("--test_batch_size", type=int, default=1, help="(1)")


def _add_rest(options: argparse.ArgumentParser) -> None:
    group = options.add_argument_group("the rest")
    group.add_argument("--ROC_thr", type=int, default=10, help="bins of ROC, Pd and Fa (10)")
    group.add_argument("--epochs", type=int, default=1500, help="printed into the log lines")
    group.add_argument("--gpus", default="0", help="the first is used, if there is one")
    group.add_argument("--crop_size", type=int, default=256, help=f"{_UNUSED}of training")
    group.add_argument("--test_size", type=float, default=0.5, help=f"{_UNUSED}of mode Ratio")
    group.add_argument("--workers", type=int, default=4, help=f"{_UNUSED}threads are chosen")


def _truth(text: str) -> bool:
    if text.lower() not in _FLAG:
        raise argparse.ArgumentTypeError(f"{text!r}: True or False")
    return _FLAG[text.lower()]


def _run(arguments: argparse.Namespace) -> None:
    from search.metrics.reference import ReferenceCurves
    from search.metrics.report import metrics_document
    from search.value_result import FOLDER, Entry, reference_document, write_value_result

    _require_usable(arguments)
    trained = _trained(arguments)
    curves = ReferenceCurves(arguments.ROC_thr)
    tally = _tally(arguments, trained, curves)
    figures, metrics = curves.figures(), tally.metrics()
    name = arguments.st_model or arguments.dataset
    document = metrics_document(
        metrics,
        data=arguments.dataset,
        size=arguments.base_size,
        split=arguments.split_method,
        mask_threshold=WHITE_ALONE,
        reference=reference_document(figures),
    )
    entry = Entry(name=name, epochs=arguments.epochs, time=datetime.now())
    folder = arguments.root / arguments.dataset / FOLDER
    paths = write_value_result(folder, entry, figures, document)
    sys.stdout.write(_summary(figures, metrics.images))
    sys.stdout.writelines(f"written: {path}\n" for path in paths)


def _require_usable(arguments: argparse.Namespace) -> None:
    if arguments.mode != "TXT":
        raise DataInvalid(
            f"--mode {arguments.mode}: only TXT, ids from lists, is there; the reference has no "
            "other either"
        )
    if arguments.in_channels != 3:
        raise OperationInvalid(f"--in_channels {arguments.in_channels}: images are read as RGB: 3")
    for option in ("ROC_thr", "base_size", "test_batch_size"):
        if getattr(arguments, option) < 1:
            raise DataInvalid(f"--{option} {getattr(arguments, option)}: at least 1")


def _trained(arguments: argparse.Namespace) -> Trained:
    from search.trained import load_trained
    from search.zoo import zoo_network

    below, given = RESULT / arguments.model_dir, Path(arguments.model_dir)
    path = below if below.exists() else given
    if not path.exists():
        raise RunInvalid(
            f"--model_dir {given}: neither {below} nor {given} is there; name a checkpoint, a run "
            "folder or weights"
        )
    named = zoo_network(
        "ACM-FPN" if arguments.model == "ACM" else arguments.model,
        backbone=arguments.backbone,
        channel_size=arguments.channel_size,
        deep_supervision=arguments.deep_supervision,
        height=arguments.base_size,
        width=arguments.base_size,
    )
    return load_trained(path, named)


def _tally(arguments: argparse.Namespace, trained: Trained, curves: ReferenceCurves) -> Tally:
    from rich.console import Console
    from rich.progress import track

    from search.data.folder import open_folder
    from search.evaluation import predictions
    from search.metrics.metrics import Tally

    samples = open_folder(
        arguments.root / arguments.dataset,
        split=arguments.split_method,
        suffix=arguments.suffix,
        validation_share=0,
        resize_masks=True,
        mask_threshold=WHITE_ALONE,
    ).test
    found = predictions(
        trained.module.to(_device(arguments.gpus)),
        samples,
        size=arguments.base_size,
        normalisation=trained.normalisation,
        batch=arguments.test_batch_size,
    )
    console, tally = Console(stderr=True), Tally()
    for prediction in track(
        found,
        description="testing",
        total=len(samples),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ):
        tally.add(prediction.predicted, prediction.mask)
        curves.add(prediction.logits, prediction.mask)
    return tally


def _device(gpus: str) -> str:
    """Return where to compute: the first of *gpus*, or the CPU where there is none."""
    import torch

    first = gpus.split(",")[0].strip()
    if not first or not torch.cuda.is_available():
        return "cpu"
    if not first.isdigit() or int(first) >= torch.cuda.device_count():
        raise RunInvalid(f"--gpus {gpus}: there are {torch.cuda.device_count()} GPU(s), from 0")
    return f"cuda:{first}"


def _summary(figures: ReferenceFigures, images: int) -> str:
    """Return what is printed: a line for each curve, a column for each bin."""
    rows = {
        "Pd at bin": figures.pd,
        "Fa at bin": figures.fa,
        "Recall": figures.true_positive_rate,
        "Precision": figures.precision,
    }
    lines = [f"{images} images, IoU {figures.metrics.miou:.4f}"]
    lines += [f"{name:<10}" + "".join(f" {rate:10.4g}" for rate in r) for name, r in rows.items()]
    lines.append("bins above 0 of Pd and Fa compare logits with 0..255, as the reference does")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
