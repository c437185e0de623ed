"""Data sets on disk: immutable HDF5 shards and a manifest that vouches for every byte of them.

A data set is a folder. Its shards are written whole or not at all, its manifest last: a folder with one is a
finished data set, and a killed writer leaves only whole shards and a journal from which it goes on.
"""

from lensym.store.folder import DatasetFolder, SplitView
from lensym.store.lock import output_lock
from lensym.store.manifest import Manifest, ShardRecord, manifest_digest, read_manifest, write_manifest
from lensym.store.shard import write_block, write_shard
from lensym.store.verify import Verification, verify

__all__ = [
    "DatasetFolder",
    "Manifest",
    "ShardRecord",
    "SplitView",
    "Verification",
    "manifest_digest",
    "output_lock",
    "read_manifest",
    "verify",
    "write_block",
    "write_manifest",
    "write_shard",
]
