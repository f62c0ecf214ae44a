"""Zip files of which nothing is taken on trust: a member is read within bounds, and one that unpacks to far more than it is stored in is refused."""
import struct
import zipfile
import zlib

from .fault import Refused, cut

MOST = 1 << 32                  # bytes of a member, and of all: what lstmfc reads of a file
SWELL = 200                     # a member may unpack to this many times its size: weights do not shrink that much


class Archive:
    """Members by their names; zipfile.BadZipFile when it is none."""

    def __init__(self, path):
        try:
            self.zip = zipfile.ZipFile(path)
        except (ValueError, NotImplementedError, EOFError, struct.error, OverflowError) as error:
            raise zipfile.BadZipFile(str(error)) from None
        self.names = {}
        total = 0
        for info in self.zip.infolist():
            if info.filename in self.names:
                raise Refused("member '%s' stands twice in the zip" % cut(info.filename))
            total += info.file_size
            if total > MOST or info.file_size > SWELL * info.compress_size + 65536:
                raise Refused("member '%s' would unpack to %d bytes from %d: a zip bomb" % (cut(info.filename), info.file_size, info.compress_size))
            self.names[info.filename] = info

    def read(self, name, what):
        """All bytes of a member; what: for the message where it is missing."""
        if name not in self.names:
            raise Refused("%s is missing: no member '%s' in the zip" % (what, cut(name)))
        info = self.names[name]
        if info.flag_bits & 1:
            raise Refused("member '%s' is encrypted" % cut(name))
        try:
            with self.zip.open(info) as file:
                data = file.read(info.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise Refused("member '%s' is damaged: %s" % (cut(name), cut(error))) from None
        if len(data) != info.file_size:
            raise Refused("member '%s' is not as long as the zip says" % cut(name))
        return data

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.zip.close()
