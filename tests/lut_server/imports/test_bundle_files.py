"""Bundles as files: deterministic, and refused where a byte is not what it was."""

import io
import random
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lut_server.imports.archive import compressed, pack
from lut_server.imports.bundle import MANIFEST, Bundle, read_bundle, write_bundle
from lut_server.imports.signing import make_key, public_key, read_key
from profiler.errors import BundleInvalid, HnaError

SEED = bytes(range(32))
OTHER = bytes(range(1, 33))


@pytest.fixture(scope="module")
def small(table):
    return replace(table, entries=table.entries[:4])


@pytest.fixture(scope="module")
def signed(small, certificate):
    return write_bundle(Bundle(table=small, certificates=(certificate,)), SEED)


def test_a_bundle_holds_what_was_put_into_it(small, certificate, bench):
    session = bench.session(bench.measured(bench.operation()))
    made = Bundle(table=small, sessions=(session,), certificates=(certificate,))

    found = read_bundle(write_bundle(made, SEED), "a bundle", signer=public_key(SEED))

    assert found == replace(made, signed_by=public_key(SEED))


def test_equal_bundles_are_equal_files(small):
    assert write_bundle(Bundle(table=small), SEED) == write_bundle(Bundle(table=small), SEED)


def test_an_unsigned_bundle_says_that_nobody_signed_it(small):
    assert read_bundle(write_bundle(Bundle(table=small)), "a bundle").signed_by is None


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_bundle_changed_in_one_byte_is_refused(signed, draws):
    at = draws.draw(st.integers(0, len(signed) - 1))
    flip = draws.draw(st.integers(1, 255))
    changed = signed[:at] + bytes([signed[at] ^ flip]) + signed[at + 1 :]

    with pytest.raises(BundleInvalid):
        read_bundle(changed, "a bundle")


@pytest.mark.parametrize("change", [lambda d: d[:-1], lambda d: d + b"\x00", lambda d: b"\x00" + d])
def test_a_bundle_with_a_byte_more_or_less_is_refused(signed, change):
    with pytest.raises(BundleInvalid):
        read_bundle(change(signed), "a bundle")


def parts_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_part_that_differs_is_named(signed):
    parts = parts_of(signed)
    parts["certificates.jsonl.gz"] = compressed(b"{}\n")

    with pytest.raises(
        BundleInvalid, match=r"certificates\.jsonl\.gz is not the part its manifest"
    ):
        read_bundle(pack(parts), "a bundle")


def test_a_part_that_was_taken_out_is_missed(signed):
    parts = parts_of(signed)
    del parts["certificates.jsonl.gz"]

    with pytest.raises(BundleInvalid, match="its manifest lists other parts"):
        read_bundle(pack(parts), "a bundle")


def test_a_bundle_made_anew_with_other_numbers_does_not_have_the_old_signature(small, signed):
    forged = parts_of(write_bundle(Bundle(table=replace(small, entries=small.entries[1:]))))
    forged["signature.json"] = parts_of(signed)["signature.json"]

    with pytest.raises(BundleInvalid, match="its signature is not one of its manifest"):
        read_bundle(pack(forged), "a bundle")


def test_a_bundle_of_somebody_else_is_refused_where_a_signer_is_named(small):
    data = write_bundle(Bundle(table=small), OTHER)

    with pytest.raises(BundleInvalid, match=f"is signed by {public_key(OTHER)}, not by"):
        read_bundle(data, "a bundle", signer=public_key(SEED))
    with pytest.raises(BundleInvalid, match="is signed by nobody"):
        read_bundle(write_bundle(Bundle(table=small)), "a bundle", signer=public_key(SEED))


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "C:\\x", "table.jsonl.gz/", "other.json"]
)
def test_an_archive_with_anything_else_in_it_is_refused_unread(signed, name):
    parts = parts_of(signed) | {name: b"x"}

    with pytest.raises(BundleInvalid, match="which is no part of a bundle"):
        read_bundle(pack(parts), "a bundle")


def test_a_part_that_is_there_twice_is_refused(signed):
    file = io.BytesIO(signed)
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(MANIFEST, b"{}")

    with pytest.raises(BundleInvalid, match=r"holds manifest\.json twice"):
        read_bundle(file.getvalue(), "a bundle")


def test_a_part_that_unpacks_to_too_much_is_refused_before_it_is(small):
    data = write_bundle(Bundle(table=small))

    with pytest.raises(BundleInvalid, match="unpacks to more than 100 bytes"):
        read_bundle(data, "a bundle", max_bytes=100)


def test_parts_that_the_archive_compresses_are_refused(small):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("table.jsonl.gz", b"0" * 10_000_000)

    with pytest.raises(BundleInvalid, match="is not stored as bundles store it"):
        read_bundle(file.getvalue(), "a bundle")


@pytest.mark.parametrize("data", [b"", b"PK", b"hello", random.Random(1).randbytes(3_000)])
def test_what_is_no_archive_is_refused(data):
    with pytest.raises(BundleInvalid, match="is damaged"):
        read_bundle(data, "a bundle")


def test_an_archive_without_a_manifest_is_no_bundle():
    with pytest.raises(BundleInvalid, match=r"it has no table\.jsonl\.gz and no manifest\.json"):
        read_bundle(pack({}), "a bundle")


def test_a_key_is_its_owners_only_and_never_written_over(tmp_path):
    path = tmp_path / "lab.key"

    public = make_key(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert public_key(read_key(path)) == public
    with pytest.raises(HnaError, match="a key is never written over"):
        make_key(path)


@pytest.mark.parametrize("text", ["", "xyz", "00" * 31])
def test_a_file_that_holds_no_key_is_refused(tmp_path, text):
    path = tmp_path / "lab.key"
    path.write_text(text)

    with pytest.raises(HnaError, match="holds no key; make one with: hna table key"):
        read_key(path)
