"""Numbers of many imported tickets at once: the one a ticket has, the one it brings, or the next free one."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from customers.model import Ticket
from server.storage.sql.channels import FIRST_TICKET_NUMBER
from server.storage.sql.schema import TicketRow
from server.storage.sql.statements import parts


class TicketNumbers:
    """Owns who has which number, as the database and the tickets before say."""

    def __init__(self, connection: Connection, tickets: list[Ticket]) -> None:
        ids = {str(ticket.ticket_id) for ticket in tickets}
        wanted = sorted({ticket.number for ticket in tickets if ticket.number is not None})
        self._of: dict[str, int] = {}
        """Number by ticket."""
        self._whose: dict[int, str] = {}
        """Ticket by number."""
        query = select(TicketRow.ticket_id, TicketRow.number)
        for column, values in ((TicketRow.ticket_id, sorted(ids)), (TicketRow.number, wanted)):
            for some in parts(values):
                for row in connection.execute(query.where(column.in_(some))):
                    self._of[row.ticket_id], self._whose[row.number] = row.number, row.ticket_id
        self.known = {each for each in self._of if each in ids}
        """Tickets that were there before."""
        highest = connection.scalar(select(func.max(TicketRow.number))) if tickets else 0
        self._next = max((highest or 0) + 1, FIRST_TICKET_NUMBER, *(number + 1 for number in wanted))

    def give(self, ticket: Ticket) -> int | None:
        """None when the number that it brings belongs to another ticket."""
        mine = self._of.get(ticket.ticket_id)
        number = ticket.number or mine
        if number is None:
            number, self._next = self._next, self._next + 1
        elif number != mine:
            if self._whose.get(number, ticket.ticket_id) != ticket.ticket_id:
                return None
            if mine is not None:
                self._whose.pop(mine, None)
        self._of[ticket.ticket_id], self._whose[number] = number, ticket.ticket_id
        return number
