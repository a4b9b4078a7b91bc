"""Apple Health: the export.xml of the Health app, read as a stream."""
