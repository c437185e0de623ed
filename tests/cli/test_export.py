"""``lensym export`` as a user types it."""


def test_an_export_says_what_it_wrote(lensym, data_set, tmp_path):
    result = lensym("export", data_set, tmp_path / "out", "--layout", "test_i")
    assert result.code == 0, result.err
    lines = [line.split() for line in result.out.splitlines()]
    assert ["train", "20", "20", "20"] in lines
    assert f"{tmp_path}/out: {{train,val,test}}/{{no,sphere,vort}}: .npy" in result.out
    assert "export: 120/120" in result.err
    assert lensym("import", tmp_path / "out", tmp_path / "again", "--pixel-scale", 0.2).code == 0


def test_a_layout_must_be_given(lensym, data_set, tmp_path):
    assert lensym("export", data_set, tmp_path / "out").code == 2
    result = lensym("export", data_set, tmp_path / "out", "--layout", "model_i")
    assert result.code == 2
    assert result.error.startswith("pixels of 0.05 arcsec for --layout model_i")


def test_a_model_leaves_as_a_graph(lensym, trained_run, tmp_path):
    result = lensym("export", trained_run / "model", tmp_path / "net.pt2", "--format", "torch")
    assert result.code == 0, result.err
    assert "images (N x 1 x 32 x 32, float32) to probabilities, logits, ood" in result.out
    assert (tmp_path / "net.pt2").stat().st_size > 10_000


def test_a_layout_and_a_format_are_one_too_many(lensym, data_set, trained_run, tmp_path):
    for options, got in (((), "neither"), (("--layout", "fits", "--format", "onnx"), "both")):
        result = lensym("export", data_set, tmp_path / "out", *options)
        assert result.code == 2
        assert f"either --layout, for a data set, or --format, for a model or one image; got {got}" in result.error
    result = lensym("export", trained_run / "model", tmp_path / "net.pth", "--format", "torch")
    assert result.code == 2
    assert not list(tmp_path.iterdir())


def test_a_scene_leaves_as_a_template(lensym, data_set, tmp_path):
    result = lensym("export", data_set, tmp_path / "out", "--format", "coolest", "--image", 25, "--split", "val")
    assert result.code == 0, result.err
    first, *_, last = result.out.splitlines()
    assert first == "100 point masses: COOLEST has no such mass profile; their numbers are in 'perturbers'"
    assert last.endswith("out: coolest.json and the FITS files that it names, image 25 of the split val")
    assert '"class": "axion"' in (tmp_path / "out" / "coolest.json").read_text()
    result = lensym("export", data_set, tmp_path / "again", "--format", "coolest", "--image", 30)
    assert (result.code, result.error) == (2, "an image from 0 to 29 of the split 'test'; got 30; choose another")
    result = lensym("export", data_set, tmp_path / "again", "--layout", "fits", "--image", 3)
    assert result.error.startswith("--image and --split with --format coolest")
