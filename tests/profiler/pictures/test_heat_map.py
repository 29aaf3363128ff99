"""A table as cells and operations: slots, columns, what is missing."""

from __future__ import annotations

from dataclasses import replace

from profiler.operations import DEFAULT_CANDIDATES, ForeignOperation, Identity, operation_key
from profiler.pictures.heat_map import heat_map, slot_of
from profiler.space import (
    known_topology,
    named_space,
    random_networks,
    space_operations,
    uniform_network,
)
from profiler.table import Entry, Table

SPACE = named_space(height=64, width=64, options="extended")
TOPOLOGY = known_topology("dnanet_simplified", 5)


def table_with(table: Table, *operations) -> Table:
    entries = tuple(Entry(operation=each, latency_us=5.0) for each in operations)
    return replace(table, entries=entries)


def test_rows_are_the_cells_of_the_networks_a_table_holds(table, network):
    shown = heat_map(table)

    named = {cell for row in shown.rows for cell in row.cells}
    assert named == {f"{cell.iteration}.{cell.level}" for cell in network.cells}
    assert shown.candidates == DEFAULT_CANDIDATES


def test_every_square_is_the_row_the_network_would_ask_for(table, network):
    shown = heat_map(table)

    of_slot = {row.slot: row for row in shown.rows}
    for cell in network.cells:
        row = of_slot[slot_of(network.placed(cell))]
        keys = {square.candidate: square.key for square in row.squares}
        assert keys[cell.candidate] == operation_key(network.placed(cell))


def test_cells_placed_alike_share_a_row(table):
    rows = [row for row in heat_map(table).rows if "2.0" in row.cells]

    assert [row.cells for row in rows] == [("2.0", "3.0")]


def test_what_a_slot_has_no_entry_for_is_missing_once(table, network):
    gone = operation_key(network.placed(network.cells[-1], "7x7_ResConv"))
    smaller = replace(table, entries=tuple(e for e in table.entries if e.key != gone))

    shown = heat_map(smaller)

    assert shown.coverage()["missing"] == 1
    assert "missing" not in heat_map(table).coverage()


def test_a_group_convolution_that_falls_back_is_the_entry_it_falls_back_to(table, network):
    first = next(row for row in heat_map(table).rows if row.cells == ("0.0",))

    keys = {square.candidate: square.key for square in first.squares}
    assert keys["3x3_GroupConv2"] == keys["3x3_ResConv"]


def test_an_identity_stands_where_others_have_several_blocks(table):
    shown = heat_map(table_with(table, *space_operations(SPACE, TOPOLOGY)))

    assert shown.candidates == SPACE.candidates
    assert shown.coverage().keys() == {"measured"}
    assert all(square.entry for row in shown.rows for square in row.squares)


def test_an_identity_alone_has_a_row_of_its_own(table):
    alone = Identity(channels_in=8, channels_out=8, height=4, width=4)

    (row,) = heat_map(table_with(table, alone)).rows

    assert row.slot == slot_of(alone)
    assert row.slot.where == "8→8 at 4×4"


def test_cells_of_a_searched_network_name_the_slots_of_a_table_without_networks(table):
    found = random_networks(SPACE, TOPOLOGY, 1, seed=1)[0]
    bare = table_with(table, *space_operations(SPACE, TOPOLOGY))

    assert not any(row.cells for row in heat_map(bare).rows)
    assert all(row.cells for row in heat_map(bare, [found]).rows)


def test_a_cell_nobody_measured_is_a_row_of_missing_squares(table):
    found = random_networks(SPACE, TOPOLOGY, 1, seed=1)[0]
    one = table_with(table, found.placed(found.cells[0]))

    shown = heat_map(one, [found])

    assert len(shown.rows) == len({slot_of(found.placed(cell)) for cell in found.cells})
    assert shown.coverage() == {"measured": 1, "missing": len(shown.rows) - 1}


def test_a_table_of_foreign_operations_is_no_picture(table):
    foreign = ForeignOperation(format="proxylessnas", name="Logits")

    shown = heat_map(table_with(table, foreign))

    assert shown.rows == ()
    assert [entry.operation for entry in shown.others] == [foreign]


def test_a_slot_gives_back_the_operation_it_was_read_from(network):
    for cell in network.cells:
        placed = network.placed(cell)

        assert slot_of(placed).operation(cell.candidate) == placed


def test_networks_of_one_topology_are_read_once(table):
    names = ("3x3_ResConv", "5x5_SpaConv")
    twins = [uniform_network(SPACE, TOPOLOGY, name) for name in names]

    rows = heat_map(table_with(table, *twins, *space_operations(SPACE, TOPOLOGY))).rows

    assert len([row for row in rows if "0.0" in row.cells]) == 1
