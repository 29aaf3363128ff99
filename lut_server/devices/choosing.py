"""
Which devices a campaign is for, and in which of their environments.  Pure.

A device that was named has to be there and to offer the environment; one that was described, by
its model or labels, is chosen if it does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lut_server.wire import DeviceSelection, DeviceView, EnvironmentParts
from profiler.device import Environment
from profiler.errors import DeviceUnknown, EnvironmentUnknown, HnaError

Chosen = tuple[DeviceView, Environment]
"""A device and the environment in which it will measure."""


def choose(
    known: Sequence[DeviceView], selection: DeviceSelection, parts: EnvironmentParts
) -> list[Chosen]:
    """
    Return the devices that meet *selection*, each in its first environment that has *parts*.

    Raises:
        DeviceUnknown: a fingerprint nobody has, or nobody meets all that is said.
        EnvironmentUnknown: a device that was named, or all that were described, do not offer it.
        HnaError: a beginning that several fingerprints have.
    """
    named = selection.fingerprints
    candidates = list(dict.fromkeys(_called(known, each) for each in named)) if named else known
    meeting = [view for view in candidates if _meets(view, selection)]
    if not meeting:
        raise DeviceUnknown(_nobody(known, selection))
    chosen = [
        (view, environment)
        for view in meeting
        if (environment := next(_matching(view, parts), None)) is not None
    ]
    if not chosen or (named and len(chosen) < len(meeting)):
        able = {view.device.fingerprint for view, _ in chosen}
        unable = next(view for view in meeting if view.device.fingerprint not in able)
        raise EnvironmentUnknown(
            f"device {unable.device.name} ({unable.device.fingerprint}) does not offer "
            f"{parts.label}; it offers: {'; '.join(each.label for each in unable.environments)}"
        )
    return chosen


def _called(known: Sequence[DeviceView], beginning: str) -> DeviceView:
    """Return the device of a fingerprint, or of its beginning."""
    matching = [view for view in known if view.device.fingerprint.startswith(beginning)]
    exact = [view for view in matching if view.device.fingerprint == beginning]
    if len(exact or matching) == 1:
        return (exact or matching)[0]
    if not matching:
        raise DeviceUnknown(
            f"no device has fingerprint {beginning!r}; register it first: start its agent"
        )
    raise HnaError(
        f"{len(matching)} devices have fingerprints that begin with {beginning!r}; write more of it"
    )


def _meets(view: DeviceView, selection: DeviceSelection) -> bool:
    of_model = not selection.models or view.device.model in selection.models
    labelled = set(selection.labels) <= set(view.labels)
    return of_model and labelled and (bool(selection.fingerprints) or view.health != "retired")


def _matching(view: DeviceView, parts: EnvironmentParts) -> Iterator[Environment]:
    return (environment for environment in view.environments if parts.match(environment))


def _nobody(known: Sequence[DeviceView], selection: DeviceSelection) -> str:
    asked = [
        f"{what} {', '.join(values)}"
        for what, values in (
            ("fingerprint", selection.fingerprints),
            ("model", selection.models),
            ("labels", selection.labels),
        )
        if values
    ]
    models = ", ".join(sorted({view.device.model for view in known})) or "none"
    labels = ", ".join(sorted({label for view in known for label in view.labels})) or "none"
    return (
        f"no device in service has {' and '.join(asked)}; models known here: {models}; "
        f"labels: {labels}"
    )
