"""Text in format=flowed (RFC 3676) with its soft line breaks joined."""

from __future__ import annotations


def unflow(text: str, *, delete_space: bool = False) -> str:
    """Paragraphs as the writer saw them; quoted lines keep their depth, the signature line stays alone."""
    out: list[str] = []
    pieces: list[str] = []
    depth_open = 0

    def close() -> None:
        if pieces:
            out.append((">" * depth_open + " " if depth_open else "") + "".join(pieces))
            pieces.clear()

    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")
        if content == "-- " or (content == "--" and depth == 0):
            close()
            out.append((">" * depth + " " if depth else "") + "-- ")
            continue
        if pieces and depth != depth_open:
            close()
        depth_open = depth
        if content.endswith(" ") and content.strip():
            pieces.append(content[:-1] if delete_space else content)
        else:
            pieces.append(content)
            if not content and depth:
                pieces.clear()
                out.append(">" * depth)
            else:
                close()
    close()
    return "\n".join(out)
