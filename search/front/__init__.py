"""Networks for any device and budget from one trained supernet, without searching again."""

from search.front.points import FrontPoint, front, network_within, pareto_picks

__all__ = ["FrontPoint", "front", "network_within", "pareto_picks"]
