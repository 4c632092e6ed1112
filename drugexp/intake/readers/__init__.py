"""One module for each layout of files; each holds ``read(files, manifest, **options) -> Screen``."""
