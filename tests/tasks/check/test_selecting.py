"""Selecting without sending: what a segment asks of a table, lists, functions and the log."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from blocks.campaign_file import validate_campaign
from blocks.delivery_log import DeliveryLog
from blocks.mistake import AuthorMistake
from tasks.check.selecting import select_users
from tasks.log import owners, plan, runs
from tasks.log.owners import this_process

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
NOON = NOW.timestamp()
TABLE = "user_id,plan,Land,months\nada,free,DE,3\nbob,free,FR,1\ncleo,pro,DE,30\ndan,,,\n"
MESSAGE = {"url": "https://crm.example.com/{{User ID}}"}


@pytest.fixture
def scene(tmp_path):
    return Scene(tmp_path)


class Scene:
    """A folder with a user table, files that segments name, and a delivery log."""

    def __init__(self, folder):
        self.folder = folder
        self.write("users.csv", TABLE)
        self.log = DeliveryLog(url=f"sqlite:///{folder}/log.db")

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")
        return str(self.folder / name)

    def select(self, segment=None, properties=None, **given):
        users = {"source": str(self.folder / "users.csv"), "id": "user_id"}
        campaign = validate_campaign(
            {
                "name": "Offer",
                "users": users | ({"properties": properties} if properties else {}),
                "segment": segment or {},
                "message": MESSAGE,
                "timezone": "Europe/Berlin",
            }
        )
        campaign = campaign.model_copy(update={"segment": campaign.segment.located(self.folder)})
        return select_users(campaign, **{"now": NOW, "log": self.log} | given)

    def ids(self, *args, **given):
        return self.select(*args, **given).users["user_id"].tolist()

    def faults(self, *args, **given):
        with pytest.raises(AuthorMistake) as caught:
            self.select(*args, **given)
        return caught.value.faults

    def sent(self, *users, campaign="Spring", run_key="spring", at=NOON):
        """Enter a run whose users were never begun: their time is when they were due."""
        log = self.log.open()
        owner = owners.register(log, process=this_process())
        run = runs.start_run(
            log, run_key=run_key, campaign=campaign, digest="d", now=at, snapshot="parts"
        )
        plan.begin_plan(log, run_id=run.id, owner_id=owner)
        plan.plan_part(
            log, run_id=run.id, owner_id=owner, part=0, user_ids=users, batch_size=9, due_at=at
        )
        plan.freeze(log, run_id=run.id, owner_id=owner, audience=len(users), now=at)


def attribute(name, operator, value=None, **more):
    given = {"attribute": name, "operator": operator} | more
    return given if value is None else given | {"value": value}


def test_an_audience_comes_with_its_funnel_and_who_is_left_out(scene):
    found = scene.select({"all": [attribute("plan", "is", "free")]})

    assert found.users.columns.tolist() == ["user_id", "plan"]
    assert found.users["user_id"].tolist() == ["ada", "bob"]
    assert (found.funnel.rows, found.funnel.selected) == (4, 2)
    assert found.excluded.to_dict() == {"cleo": "plan is free", "dan": "plan is free"}


def test_the_whole_table_is_kept_on_request(scene):
    found = scene.select({"all": [attribute("plan", "is", "free")]}, whole=True)

    assert found.users.columns.tolist() == ["user_id", "plan", "Land", "months"]


def test_properties_are_read_in_the_columns_that_the_campaign_maps(scene):
    german = {"all": [{"criterion": "country", "operator": "is", "value": "DE"}]}

    assert scene.ids(german, properties={"country": "Land"}) == ["ada", "cleo"]


@pytest.mark.parametrize(
    ("segment", "field", "told", "hint"),
    [
        ({"any": [attribute("plann", "is set")]}, "segment.any.0.attribute",
         "'plann' is not a column of the user table", "did you mean 'plan'?"),
        ({"where": "month > 3"}, "segment.where",
         "'month' is not a column of the user table", "did you mean 'months'?"),
        ({"all": [{"criterion": "city", "operator": "is set"}]}, "segment.all.0.criterion",
         "the user table has no column 'city'", "name its column in users.properties"),
        ({"all": [{"criterion": "country", "operator": "is set"}]}, "segment.all.0.criterion",
         "users.properties maps it to 'land', which is not a column of the user table",
         "did you mean 'Land'?"),
        ({"all": [{"criterion": "sessions", "operator": "is set"}]}, "segment.all.0.criterion",
         "the user table has no column 'sessions'", "name its column in users.properties, or name "
         "an event table: events: {source: ...}"),
    ],
)  # fmt: skip
def test_a_column_that_is_not_there_is_told_with_the_nearest(scene, segment, field, told, hint):
    (fault,) = scene.faults(segment, properties={"country": "land"})

    assert (fault.field, fault.fault, fault.hint) == (field, told, hint)


def test_what_is_missing_in_a_saved_segment_names_its_file(scene):
    gold = scene.write("gold.yaml", "all: [{attribute: plann, operator: is set}]")

    (fault,) = scene.faults({"include": ["gold.yaml"]})

    assert (fault.file, fault.field) == (gold, "all.0.attribute")


def test_faults_of_saved_segments_and_columns_are_told_together(scene):
    segment = {"include": ["gone.yaml"], "all": [attribute("plann", "is set")]}

    found = scene.faults(segment)

    assert [one.fault for one in found][1:] == ["'plann' is not a column of the user table"]
    assert found[0].field == "segment"
    assert found[0].fault.endswith("gone.yaml: no such file")


def test_files_that_a_segment_names_are_read(scene):
    scene.write("gold.yaml", "all: [{attribute: plan, operator: is, value: free}]")
    scene.write("staff.txt", "bob\nzoe\n")
    scene.write("pick.py", "def german(users):\n    return users['Land'] == 'DE'\n")

    found = scene.select(
        {"include": ["gold.yaml"], "exclude": ["staff.txt"], "function": "pick.py:german"}
    )

    assert found.users["user_id"].tolist() == ["ada"]
    assert [(file.rpartition("/")[2], count) for file, count in found.unknown.items()] == [
        ("staff.txt", 1)
    ]


def test_files_that_are_not_there_are_all_told_with_the_rules_that_name_them(scene):
    saved = scene.write("gold.yaml", "all: [{ids: nobody.txt}]")

    found = scene.faults({"include": ["gold.yaml"], "any": [{"ids": "vip.txt"}, {"ids": "vip.txt"}],
                          "exclude": ["staff.txt"], "function": "pick.py:german"})  # fmt: skip

    assert [(one.field, one.file.rpartition("/")[2]) for one in found] == [
        ("segment.function", ""),
        ("segment.any.0.ids", "vip.txt"),
        ("segment.any.1.ids", "vip.txt"),
        ("segment.exclude.0", "staff.txt"),
        ("all.0.ids", "nobody.txt"),
    ]
    assert saved.endswith("gold.yaml")


def test_who_was_sent_a_campaign_before_is_asked_of_the_log(scene):
    scene.sent("ada", "cleo")
    rule = {"campaign": "Spring", "outcome": "any"}

    assert scene.ids({"all": [rule]}) == ["ada", "cleo"]
    assert scene.ids({"all": [rule | {"operator": "was not sent"}]}) == ["bob", "dan"]


def test_days_back_are_counted_on_the_calendar_of_the_campaign_s_zone(scene):
    # Berlin's clock went back an hour on 25 October: seven days before noon are 169 hours before.
    now = datetime(2026, 10, 28, 11, tzinfo=UTC)
    scene.sent("ada", at=now.timestamp() - 168.5 * 3600)
    scene.sent("bob", run_key="before", at=now.timestamp() - 169.5 * 3600)
    rule = {"campaign": "Spring", "outcome": "any", "last_days": 7}

    assert scene.ids({"all": [rule]}, now=now) == ["ada"]


def test_without_a_log_nobody_was_sent_anything(scene):
    assert scene.ids({"all": [{"campaign": "Spring", "operator": "was not sent"}]}, log=None) == [
        "ada",
        "bob",
        "cleo",
        "dan",
    ]
    assert scene.ids({"all": [{"campaign": "Spring"}]}, log=None) == []


def test_a_campaign_that_never_ran_is_warned_of_with_the_nearest(scene):
    scene.sent("ada")

    found = scene.select({"none": [{"campaign": "Sprint"}, {"campaign": "Xmas"}]})

    assert found.warnings == (
        "segment: there is no run of a campaign 'Sprint' yet (did you mean 'Spring'?)",
        "segment: there is no run of a campaign 'Xmas' yet",
    )


def test_who_entered_and_who_left_since_the_last_run_is_told(scene):
    scene.sent("ada", "eve", campaign="Offer", run_key="june")

    change = scene.select({"all": [attribute("plan", "is", "free")]}).change

    assert (change.run_key, change.entered, change.left) == ("june", ("bob",), ("eve",))


def test_before_the_first_run_nothing_changed(scene):
    assert scene.select().change is None
    assert scene.select(log=None).change is None


def test_rules_on_events_ask_for_an_event_table(scene):
    (fault,) = scene.faults({"all": [{"event": "purchase"}]})

    assert (fault.field, fault.fault) == (
        "segment.all.0.event",
        "the campaign names no event table",
    )
