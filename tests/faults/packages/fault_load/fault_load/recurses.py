"""Never comes to an end when it is imported."""


def down() -> object:
    return down()


down()
