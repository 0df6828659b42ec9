"""What a model's skill is called on the screen: in a mark beside its figures, and in a sentence."""

from qt_trade.model.predictions import Skill

MARKS = {
    Skill.PROVEN: "",
    Skill.NOT_PROVEN: "not proven",
    Skill.NO_SKILL: "no skill",
    Skill.WAITING: "too early",
}
"""What stands beside a move. The proven one needs no word: it alone has a colour."""
MEANINGS = {
    Skill.PROVEN: "proven: better than doing nothing, at 95% confidence",
    Skill.NOT_PROVEN: "not proven: better than doing nothing by less than chance allows",
    Skill.NO_SKILL: "no skill: no better than doing nothing",
    Skill.WAITING: "too early to say: not enough cases yet",
}
