"""What became of lost runs is told in a few lines."""

from tasks.report.resumed import Resumed, sentence


def test_without_a_lost_run_there_is_nothing_to_tell():
    assert sentence([], crashed=0) == "no run is lost"


def test_flow_runs_that_were_marked_are_counted():
    assert sentence([], crashed=2) == "no run is lost; 2 flow runs were marked as crashed"


def test_a_run_that_is_not_finished_is_told_with_its_reason():
    resumed = [
        Resumed("june", True, "2 in the audience"),
        Resumed("july", False, "message.url:\nno value for ${CRM}"),
    ]

    assert sentence(resumed, crashed=1).splitlines() == [
        "1 of 2 lost runs finished; 1 flow runs were marked as crashed",
        "july: message.url: no value for ${CRM}",
    ]
