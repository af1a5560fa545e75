"""`hookline lint` says what a campaign's templates are likely to get wrong."""

USERS = "user_id,name,plan\nada,Ada,free\nbob,,free\ncleo,Cleo,pro\ndan,Dan,pro\n"


def test_what_is_suspicious_is_told_with_its_field_and_exit_code_0(hookline, write_campaign):
    message = {
        "url": "http://{{ userAttribute.plan }}.example/",
        "body": (
            '{"n": "{{ userAttribute.name }}", "p": {{ userAttribute.plan }},'
            '\n"r": {{ userId | safe }}}'
        ),
    }

    answer = hookline("lint", write_campaign(users=USERS, message=message))

    assert answer.code == 0
    assert answer.out.splitlines() == [
        "warning: message.url: a value of the user has a part in the host:"
        " the table decides where requests go",
        "warning: message.body: 'name' is blank for 25.0% of the users and has no default",
        "warning: message.body: line 1, column 56: a value outside quotes;"
        " '| tojson' says that it is meant",
        "warning: message.body: line 2, column 18: '| safe' puts a value"
        " into JSON unescaped; use '| tojson'",
    ]


def test_a_mistake_is_an_error_with_the_nearest_name_and_exit_code_2(hookline, write_campaign):
    message = {"url": "http://x.example/", "data": {"a": "{{ userAttribute.Name | uper }}"}}
    file = write_campaign(users=USERS, message=message)

    answer = hookline("lint", file, "--json")

    assert answer.code == 2
    assert answer.json["findings"] == [
        {
            "severity": "error",
            "field": "message.data.a",
            "told": "line 1, column 25: there is no filter 'uper' (did you mean 'upper'?)",
            "file": f"{file}:2",
        }
    ]


def test_an_unknown_column_and_a_secret_in_plain_text_are_errors(hookline, write_campaign):
    unknown = {"url": "http://x.example/", "data": {"a": "{{ userAttribute.Name }}"}}
    secret = {"url": "http://x.example/", "headers": {"X-Api-Key": "hush"}}

    told = [hookline("lint", write_campaign(users=USERS, message=m)) for m in (unknown, secret)]

    assert [answer.code for answer in told] == [2, 2]
    assert "'Name' is not a column of the user table (did you mean 'name'?)" in told[0].out
    assert "error: message.headers.X-Api-Key: a secret is written out" in told[1].out
    assert "hush" not in told[1].out


def test_a_clean_campaign_has_no_findings(hookline, write_campaign):
    message = {"url": "http://x.example/", "data": {"n": "{{ userAttribute.name | default('') }}"}}

    answer = hookline("lint", write_campaign(users=USERS, message=message))

    assert (answer.code, answer.out) == (0, "nothing to complain about\n")
