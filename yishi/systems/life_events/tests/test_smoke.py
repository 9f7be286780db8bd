from yishi.systems.life_events.tests.making import *
from yishi.systems.life_events import handling
from yishi.foundation.approvals import services

def test_restaurant(city):
    case = handed_in("open_restaurant", {"registered":"no"})
    assert case.state=="submitted"
    case = handling.accept(clerk(), case.number, NOW)
    print(case.state, case.data, [ (c.kind,c.due_at) for c in case.clocks])
    for k,m in members(case).items(): print(k,m.state,m.unit_id,m.waiting_for,m.data)
    assert 0
