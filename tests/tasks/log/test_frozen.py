"""What a delivery saw of linked data stays as it was, however often it is rendered."""

from sqlalchemy import func, select

from blocks.delivery_log_tables import answers
from blocks.delivery_log_tables import frozen as table
from tasks.log import frozen
from tasks.log.transaction import writing

MENU = {"soup": "Leek 🥬", "prices": [4, 5.5, None, True]}


def freeze(scene, run_id, seen):
    with writing(scene.log) as connection:
        frozen.freeze(connection, run_id=run_id, seen=seen)


def read(scene, run_id, *ids):
    with writing(scene.log) as connection:
        return frozen.read(connection, run_id=run_id, delivery_ids=ids)


def count(scene, of):
    with writing(scene.log) as connection:
        return connection.scalar(select(func.count()).select_from(of))


def test_answers_are_given_back_as_they_were(scene):
    freeze(scene, 1, {7: {"menu": MENU, "quote": None}, 8: {"menu": MENU}})

    assert read(scene, 1, 7, 8, 9) == {7: {"menu": MENU, "quote": None}, 8: {"menu": MENU}}
    assert read(scene, 2, 7) == {}


def test_the_first_rendering_is_the_one_that_counts(scene):
    freeze(scene, 1, {7: {"menu": MENU}})
    freeze(scene, 1, {7: {"menu": "another"}})

    assert read(scene, 1, 7) == {7: {"menu": MENU}}


def test_an_answer_that_many_saw_is_kept_once(scene):
    many = range(1_200)

    freeze(scene, 1, {number: {"menu": MENU} for number in many})
    freeze(scene, 1, {5_000: {"menu": MENU}})

    assert count(scene, answers) == 1
    assert count(scene, table) == 1_201
    assert len(read(scene, 1, *many)) == 1_200


def test_nothing_is_written_for_nobody(scene):
    freeze(scene, 1, {})

    assert (count(scene, answers), count(scene, table)) == (0, 0)


def test_a_run_is_forgotten_by_itself(scene):
    freeze(scene, 1, {7: {"menu": MENU}})
    freeze(scene, 2, {9: {"menu": MENU}})

    with writing(scene.log) as connection:
        frozen.forget(connection, run_id=1)

    assert read(scene, 1, 7) == {}
    assert read(scene, 2, 9) == {9: {"menu": MENU}}
