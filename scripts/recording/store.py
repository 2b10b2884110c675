"""Writes the files of a case so that the same content gives the same bytes."""

import io
import json
import re
import zipfile

import numpy as np

_DATE = (2026, 1, 1, 0, 0, 0)


def npz(path, arrays):
    """A compressed .npz without time stamps."""
    with zipfile.ZipFile(path, "w") as z:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(array), version=(1, 0))
            _member(z, name + ".npy", buffer.getvalue(), zipfile.ZIP_DEFLATED)


def rezip(path, stored, edit=None):
    """Rewrites a .keras file with fixed dates; deflates it unless stored.

    Keras stores members uncompressed and reads both; empty HDF5 groups make up
    most of a small model, so that deflating keeps the repository small.
    edit maps a dict of member name -> bytes to the dict to write.
    """
    with zipfile.ZipFile(path) as z:
        members = {i.filename: z.read(i) for i in z.infolist()}
    meta = json.loads(members["metadata.json"])
    meta["date_saved"] = "2026-01-01@00:00:00"
    members["metadata.json"] = json.dumps(meta).encode()
    members["config.json"] = _renumber(members["config.json"].decode()).encode()
    if edit:
        members = edit(members)
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w") as z:
        for name, content in members.items():
            _member(z, name, content, method)


def _renumber(config):
    """Keras writes memory addresses as shared_object_id: number them in order instead."""
    ids = {}
    return re.sub(r'("shared_object_id": )(\d+)', lambda m: m[1] + str(ids.setdefault(m[2], len(ids))), config)


def _member(z, name, content, method):
    info = zipfile.ZipInfo(name, _DATE)
    info.compress_type = method
    info.external_attr = 0o644 << 16
    z.writestr(info, content, compresslevel=9)


def case_json(path, document):
    """One key a line: readable, and a change shows as one line."""
    lines = [f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in document.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
