"""What ``hna onboard`` can be told of the table that is wanted, and the request for it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from profiler.commands.percent import share
from profiler.errors import HnaError

if TYPE_CHECKING:
    from device_agents.messages import Described
    from lut_server.wire import OnboardingRequest

SMALL = "small"

SIZES_OF_SMALL = {
    "channels": "one",
    "backbone": "resnet_10",
    "height": 96,
    "width": 96,
    "topology": "unetpp",
    "networks": 8,
}
"""The space ``small``: that of the paper at sizes every board can measure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The options that say which rows the new table is to hold; the help of each says what."""

    operations: Annotated[
        Path | None, typer.Option(help="JSON list of operations instead.", dir_okay=False)
    ] = None
    space: Annotated[
        str,
        typer.Option(
            help="Search space: paper or extended, or small: paper with widths one, depths "
            "resnet_10, 96 x 96, topology unetpp and 8 networks."
        ),
    ] = SMALL
    channels: Annotated[str | None, typer.Option(help="Widths of the space.")] = None
    backbone: Annotated[str | None, typer.Option(help="Depths of the space.")] = None
    height: Annotated[int | None, typer.Option(min=1, help="H of the image, in pixels.")] = None
    width: Annotated[int | None, typer.Option(min=1, help="W of the image, in pixels.")] = None
    batch: Annotated[int | None, typer.Option(min=1, help="Images in a batch.")] = None
    topology: Annotated[str | None, typer.Option(help="Such as unet; meta is the whole.")] = None
    candidate: Annotated[
        list[str] | None, typer.Option(help="Candidate or candidate set, repeatable.")
    ] = None
    networks: Annotated[
        int | None, typer.Option(min=0, help="Random networks, by which the table is judged.")
    ] = None
    seed: Annotated[int | None, typer.Option(help="Of the random networks.")] = None
    handful: Annotated[
        int | None,
        typer.Option(min=2, help="So many are measured first; the server chooses unless given."),
    ] = None
    target_error: Annotated[
        float | None,
        typer.Option(
            parser=share,
            metavar="SHARE",
            help="After the handful, measure only until the rest is predicted within it, such as "
            "5%; everything unless given.",
        ),
    ] = None

    def request(self, described: Described) -> OnboardingRequest:
        """
        Return the request for a device; the same wish of the same device has the same id.

        Raises:
            HnaError: an option has a value that cannot be, or the file of operations is none.
        """
        from pydantic import ValidationError

        from lut_server.wire import OnboardingRequest

        try:
            request = OnboardingRequest.model_validate(
                {
                    "name": f"onboarding of {described.device.model}",
                    "environment": described.environment,
                    "handful": self.handful,
                    "target_error": self.target_error,
                    **self._what(),
                }
            )
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            where = ".".join(map(str, fault["loc"])) or "the request"
            raise HnaError(f"{where}: {fault['msg']}; see hna onboard --help") from error
        said = f"{described.device.fingerprint} {request.model_dump_json()}"
        digest = hashlib.sha256(said.encode()).hexdigest()
        return request.model_copy(update={"id": f"onboard-{digest[:24]}"})

    def _what(self) -> dict[str, Any]:
        from profiler.operations_file import load_operations

        if self.operations is not None:
            return {"operations": load_operations(self.operations)}
        named = SIZES_OF_SMALL if self.space == SMALL else {}
        options = "paper" if self.space == SMALL else self.space
        sizes = {name: getattr(self, name) for name in (*SIZES_OF_SMALL, "batch", "seed")}
        given = {name: value for name, value in sizes.items() if value is not None}
        candidates = tuple(self.candidate or ())
        return {"space": {"options": options, "candidates": candidates, **named, **given}}
