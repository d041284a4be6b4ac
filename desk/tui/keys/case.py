"""What can be done on a case's page, in its composer, among the canned answers and in the search."""

from __future__ import annotations

from desk.tui.actions import Action

CASE = ("case",)
COMPOSE = ("compose",)
ANSWERS = ("answers",)
SEARCH = ("search",)

READING = (
    Action("case.reply", "r", "reply", "Answer the customer; goes on with your draft.", CASE, footer=1),
    Action("case.answers", "c", "answers", "Pick a canned answer.", CASE, footer=2),
    Action("case.next", "n", "next", "Take the next case that most needs an answer.", CASE, footer=3),
    Action("case.unfold", "f", "fold", "Show quoted or long text of the marked message, or fold it.", CASE, footer=5),
    Action("case.accept", "E", "keep proposal", "Keep the topic and priority that are proposed.", CASE,
           does="act('accept')"),
    Action("case.fit-1", "1", "first that fits", "Answer with the first suggested answer.", CASE, does="fit(1)"),
    Action("case.fit-2", "2", "second that fits", "Answer with the second suggested answer.", CASE, does="fit(2)"),
    Action("case.fit-3", "3", "third that fits", "Answer with the third suggested answer.", CASE, does="fit(3)"),
    Action("case.fits", "0", "why it fits", "Show why each suggested answer fits.", CASE),
    Action("case.incident", "I", "incident", "Link the case with the incident that is proposed, or take it off.", CASE),
    Action("case.attachments", "a", "files", "Save or open a file of this case.", CASE),
    Action("case.history", "h", "history", "Show what happened on this case.", CASE),
    Action("case.clocks", "D", "due", "Show what is owed on this case by when: its clocks and promises.", CASE),
    Action("case.card", "v", "customer", "Show or hide the customer's card.", CASE),
    Action("case.others", "o", "other cases", "Open another case of this customer.", CASE),
    Action("case.original", "O", "original", "Save the marked message as it was received.", CASE),
    Action("case.search", "slash", "search", "Search all cases.", CASE),
    Action("case.down", "j", "next message", "Go to the next message; a long one is read to its end first.", CASE,
           does="move(1)"),
    Action("case.up", "k", "message before", "Go to the message before.", CASE, does="move(-1)"),
    Action("case.row-down", "down", "down", "Read one line further.", CASE, does="rows(1)"),
    Action("case.row-up", "up", "up", "Read one line back.", CASE, does="rows(-1)"),
    Action("case.page-down", "pagedown,space", "page down", "Read a screen further.", CASE, does="pages(2)"),
    Action("case.page-up", "pageup", "page up", "Read a screen back.", CASE, does="pages(-2)"),
    Action("case.half-down", "ctrl+d", "half down", "Read half a screen further.", CASE, does="pages(1)"),
    Action("case.half-up", "ctrl+u", "half up", "Read half a screen back.", CASE, does="pages(-1)"),
    Action("case.first", "g", "first message", "Go to the first message.", CASE, shown="g g"),
    Action("case.home", "home", "first message", "Go to the first message.", CASE, does="top"),
    Action("case.bottom", "G,end", "newest message", "Go to the newest message.", CASE),
    Action("case.back", "escape,q", "back", "Back to where you came from; what you typed is kept.", CASE, footer=6),
)  # fmt: skip

COMPOSING = (
    Action("compose.send", "ctrl+g,ctrl+enter", "send", "Send the answer, or keep the note.", COMPOSE, footer=1),
    Action("compose.solve", "ctrl+r", "send+solve", "Send the answer and set the case solved.", COMPOSE, footer=2,
           does="send('solve')"),
    Action("compose.next", "ctrl+n", "send+next", "Send the answer and take the next case.", COMPOSE, footer=3,
           does="send('next')"),
    Action("compose.answers", "ctrl+l,f2", "answers", "Pick a canned answer.", COMPOSE, footer=4,
           does="want('answers')"),
    Action("compose.editor", "ctrl+o", "editor", "Go on writing in $VISUAL or $EDITOR.", COMPOSE, footer=5),
    Action("compose.read-up", "ctrl+up", "read up", "Scroll the conversation up while writing.", COMPOSE,
           does="read(-3)"),
    Action("compose.read-down", "ctrl+down", "read down", "Scroll the conversation down while writing.", COMPOSE,
           does="read(3)"),
    Action("compose.back", "escape", "back", "Back to the conversation; the draft is kept.", COMPOSE, footer=6),
)  # fmt: skip

PICKING = (
    Action("answers.insert", "enter", "insert", "Put the answer into the composer; asks for what is missing.",
           ANSWERS, footer=1),
    Action("answers.field", "tab", "next field", "Go to the next field that is missing.", ANSWERS, footer=2),
    Action("answers.field-before", "shift+tab", "field before", "Go to the field before.", ANSWERS),
    Action("answers.copy", "ctrl+e", "edit a copy", "Put the answer into the composer with its variables open.",
           ANSWERS, footer=3),
    Action("answers.language", "ctrl+l", "language", "Show the answers in another language.", ANSWERS, footer=4),
    Action("answers.down", "down", "down", "Select the next answer.", ANSWERS, does="move(1)"),
    Action("answers.up", "up", "up", "Select the answer before.", ANSWERS, does="move(-1)"),
    Action("answers.page-down", "pagedown", "preview down", "Scroll the preview down.", ANSWERS, does="preview(1)"),
    Action("answers.page-up", "pageup", "preview up", "Scroll the preview up.", ANSWERS, does="preview(-1)"),
    Action("answers.back", "escape", "back", "Back without an answer.", ANSWERS, footer=5),
)  # fmt: skip

SEARCHING = (
    Action("search.open", "enter", "open", "Open the selected case.", SEARCH, footer=1),
    Action("search.complete", "tab", "complete", "Complete the word; again for the next one.", SEARCH, footer=2),
    Action("search.down", "down", "down", "Select the next case found.", SEARCH, does="move(1)"),
    Action("search.up", "up", "up", "Select the case before.", SEARCH, does="move(-1)"),
    Action("search.page-down", "pagedown", "page down", "Go a screen down.", SEARCH, does="pages(1)"),
    Action("search.page-up", "pageup", "page up", "Go a screen up.", SEARCH, does="pages(-1)"),
    Action("search.back", "escape", "back", "Back to where you came from.", SEARCH, footer=3),
)  # fmt: skip

ACTIONS = (*READING, *COMPOSING, *PICKING, *SEARCHING)
