"""Countries and numbers as people read them."""

from server.web.figures import amount, country_name


def test_countries_are_named_in_the_language_of_the_page() -> None:
    assert (country_name("DE", "zh-CN"), country_name("DE", "en")) == ("德国", "Germany")
    assert country_name("XQ", "en") == "XQ"


def test_numbers_keep_no_more_digits_than_say_something() -> None:
    told = {value: amount(value, "zh-CN") for value in (0.0, 7.5, 40.0, 192075.25, 1234.5)}
    assert list(told.values()) == ["0", "7.5", "40", "192,075", "1,234"]
