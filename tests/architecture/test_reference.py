"""The generated pages say what the code says."""

from scripts import reference


def test_generated_pages_are_fresh() -> None:
    """Settings, commands and measures are documented; `make docs` writes the pages."""
    assert [path.name for path in reference.stale()] == []


def test_every_setting_has_a_description() -> None:
    """A setting without a description is a guess for whoever runs the desk."""
    assert [name for name, field in reference.Settings.model_fields.items() if not field.description] == []
