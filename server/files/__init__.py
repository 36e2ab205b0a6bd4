"""Where files are kept that outlive the machine they were made on.

`opening.py` reads `[files]`; `directory.py` and `s3.py` implement `core.files.Files`; `shelf.py` finds a file here or in the
store; `handing_over.py` brings what a node recorded into the store.
"""
