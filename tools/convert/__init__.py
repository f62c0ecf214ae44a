"""Networks from other programs to lstmfc's model file and back; `python tools/convert.py` is the command (see formats.py for the table).

    fault.py        refusals and notes
    text.py         numbers and JSON as the library writes them, the checksum
    network.py      what all formats have in common: layers of the layer language with their tensors
    cells.py        NumPy's answer to what a layer of a source computes, in the source's own layout
    archive.py      zip files within bounds
    formats.py      the table of formats
    *_file.py       a format each (onnx_write.py: ONNX the other way; scaler_file.py: a scaler)
    forecaster.py   features, scaler and target around a network
    proof.py        the same rows through both sides
"""
