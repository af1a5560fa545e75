"""A dry run renders everybody, sends nothing, and tells what would have happened."""

import json

from tasks.check.body_schema import body_check
from tasks.check.dry_run import dry_run
from tasks.check.dry_run_markdown import markdown

BREAKS = {
    "url": "https://crm.example.com/users/{{User ID}}?api_key=hunter2",
    "headers": {"X-Api-Key": "${KEY}"},
    "data": {
        "name": "{{ userAttribute.first_name | default('you') }}",
        "share": "{{ 30 / (userAttribute.months - 3) }}",
    },
}


def test_everybody_is_in_exactly_one_of_the_counts(prepared_of):
    told = dry_run(prepared_of(), sample=0)

    assert (told.audience, told.would_send) == (3, 2)
    assert told.suppressed == {"data.name: userAttribute.first_name is missing": 1}
    assert told.sentence == ("3 in the audience; 2 would get a request; 1 would be suppressed")
    assert told.is_clean  # a value that is missing is no fault of the template


def test_what_a_template_does_wrong_is_told_with_the_values_it_does_it_with(prepared_of):
    told = dry_run(prepared_of(message=BREAKS), sample=0)

    (error,) = told.errors
    assert (error.field, error.count, error.users) == ("data.share", 1, ("ada",))
    assert error.fault == "ZeroDivisionError in the template"
    assert error.values == {"months=3": 1}
    assert told.suppressed == {"data.share: ZeroDivisionError in the template": 1}
    assert not told.is_clean


def test_an_error_in_a_field_whose_name_holds_a_colon_is_one_too(prepared_of):
    message = BREAKS | {"data": {"a: b": "{{ 30 / (userAttribute.months - 3) }}"}}

    told = dry_run(prepared_of(message=message), sample=0)

    assert [(one.field, one.fault) for one in told.errors] == [
        ("data.a: b", "ZeroDivisionError in the template")
    ]


def test_a_skip_of_the_author_is_a_reason_and_no_error(prepared_of):
    skips = {"url": "https://a.example/", "body": '{% skip "closed" %}{{ userAttribute.plan }}'}

    told = dry_run(prepared_of(message=skips), sample=1)

    assert (told.suppressed, told.errors, told.requests) == ({"skipped: closed": 3}, (), ())


def test_every_body_is_checked_against_the_schema(prepared_of):
    schema = {"properties": {"months": {"maxLength": 1}}}

    told = dry_run(prepared_of(), sample=0, check=body_check(schema))

    (misfit,) = told.misfits
    assert (misfit.field, misfit.count, misfit.values) == ("body", 1, {"'30'": 1})
    assert told.would_send == 2  # it would be sent all the same
    assert told.sentence.endswith("; 1 bodies do not fit the schema")
    assert not told.is_clean


def test_bodies_that_fit_are_none_to_tell(prepared_of):
    assert dry_run(prepared_of(), sample=0, check=body_check({})).misfits == ()


def test_sizes_and_repetitions_are_counted(prepared_of):
    same = {"url": "https://a.example/{{ userAttribute.plan }}", "data": {"x": "y"}}

    told = dry_run(prepared_of(message=same), sample=0)

    assert told.sizes.histogram == ((8, 15, 3),)
    assert (told.bodies.different, told.bodies.most) == (1, ((3, "ada"),))
    assert (told.urls.different, told.urls.shared, told.urls.most) == (2, 2, ((2, "ada"),))


def test_rows_come_slice_by_slice_and_progress_with_them(prepared_of, monkeypatch):
    monkeypatch.setattr("tasks.check.dry_run.SLICE", 2)
    slices, steps = [], []

    dry_run(
        prepared_of(),
        sample=0,
        rows=lambda rows: slices.append([(row.user_id, row.outcome) for row in rows]),
        progress=lambda *counts: steps.append(counts),
    )

    assert slices == [[("ada", "would send"), ("bob", "suppressed")], [("cleo", "would send")]]
    assert steps == [(2, 1), (3, 2)]


def test_a_row_tells_what_came_of_a_recipient(prepared_of):
    rows = []

    check = body_check({"properties": {"months": {"maxLength": 1}}})
    dry_run(prepared_of(), sample=0, rows=rows.extend, bodies=True, check=check)

    ada, bob, cleo = rows
    assert (ada.method, ada.url) == ("POST", "http://crm.example.com/users/ada")
    assert json.loads(ada.body) == {"name": "Ada", "months": "3"}
    assert (ada.body_bytes, ada.schema_fault) == (len(ada.body), None)
    assert (bob.reason, bob.url) == ("data.name: userAttribute.first_name is missing", None)
    assert cleo.schema_fault.startswith("$.months: the value is longer than 1 character")


def test_samples_are_shown_as_curl_commands(prepared_of):
    told = dry_run(prepared_of(), sample=1)

    assert [one.user_id for one in told.requests] == ["ada"]
    assert told.requests[0].curl.startswith("curl ")


def test_no_secret_is_in_any_of_it(prepared_of):
    rows = []

    told = dry_run(prepared_of(message=BREAKS), sample=3, rows=rows.extend, bodies=True)
    held = dry_run(prepared_of(), sample=3, rows=rows.extend, bodies=True)
    spelt = {"url": "https://a.example/", "data": {"api_key": "written-out"}}
    whole = {"url": "https://a.example/", "body": '{"token": "written-out"}'}
    others = [
        dry_run(prepared_of(message=one), sample=1, rows=rows.extend, bodies=True).as_dict()
        for one in (spelt, whole)
    ]

    assert [len(one["requests"]) for one in others] == [1, 1]
    for secret in ("hush-hush", "k-e-y", "hunter2", "written-out"):
        assert secret not in json.dumps([told.as_dict(), held.as_dict(), *others])
        assert secret not in markdown(told)
        assert secret not in repr(rows)


def test_a_sample_that_masks_suppress_is_left_out(prepared_of):
    masked = "{% if '${KEY}' == '***' %}{% skip %}{% endif %}"
    odd = {"url": "https://a.example/", "data": {"p": masked + "{{ userAttribute.plan }}"}}

    told = dry_run(prepared_of(message=odd), sample=1)

    assert (told.would_send, told.requests) == (3, ())


def test_in_markdown_everything_is_told(prepared_of):
    check = body_check({"properties": {"share": {"maxLength": 4}}})

    shown = markdown(dry_run(prepared_of(message=BREAKS), sample=1, check=check))

    assert shown.startswith("# Dry run of Welcome\n\n3 in the audience; 2 would get a request;")
    assert "| data.share: ZeroDivisionError in the template | 1 |" in shown
    assert "| data.share | ZeroDivisionError in the template | 1 | months=3 (1) | ada |" in shown
    assert "## Bodies that do not fit the schema" in shown
    assert "2 different bodies, each for one recipient." in shown
    assert "```sh\ncurl " in shown


def test_in_markdown_what_there_is_none_of_is_left_out(prepared_of):
    plain = {"url": "https://a.example/{{ userAttribute.none | default('x') }}", "data": {"a": "b"}}

    shown = markdown(dry_run(prepared_of(message=plain), sample=0))

    assert "Suppressed" not in shown
    assert "Errors" not in shown
    assert "Warning: message.url: 'none' is not a column" in shown
    assert "1 different bodies; 3 recipients share theirs with another." in shown


def test_linked_data_is_not_fetched_and_that_is_said(prepared_of):
    linked = [{"name": "menu", "url": "https://menu.example.com/", "default": {"soup": "leek"}}]
    message = {"url": "https://a.example/", "data": {"x": "{{ linkedData.menu.soup }}"}}

    told = dry_run(prepared_of(message=message, linked_data=linked), sample=1)

    assert told.warnings == (
        "linked data is not fetched here, its defaults are shown: dry-run --linked fetches it",
    )
    assert told.requests[0].request.body == '{"x":"leek"}'
