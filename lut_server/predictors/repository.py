"""Queries about predictors, and about the operations a table is expected to price."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lut_server.adaptive.wishes import read_wish
from lut_server.documents import adapter
from lut_server.models import CampaignTargetRow, JobOperationRow, JobRow, PredictorRow, WishRow
from profiler.operations import Operation, operation_digest


class PredictorRepository:
    """Predictors in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, table: str, version: str) -> PredictorRow | None:
        """Return what was learnt of a version of a table, if it ever was."""
        return self._session.get(PredictorRow, (table, version))

    def keep(self, row: PredictorRow) -> None:
        """Keep a predictor; one of the same version that is there is equal, or unreadable."""
        self._session.merge(row)

    def asked(self, table: str) -> dict[str, Operation]:
        """Return all operations that campaigns asked for in a table, by digest."""
        of_table = CampaignTargetRow.table_name == table
        documents = (
            select(JobOperationRow.digest, JobOperationRow.document)
            .join(JobRow, JobRow.id == JobOperationRow.job_id)
            .join(
                CampaignTargetRow,
                (CampaignTargetRow.campaign_id == JobRow.campaign_id)
                & (CampaignTargetRow.position == JobRow.target_position),
            )
            .where(of_table)
        )
        read = adapter(Operation).validate_python
        rows = {row.digest: row.document for row in self._session.execute(documents)}
        found = {digest: read(document) for digest, document in rows.items()}
        wishes = select(WishRow).join(
            CampaignTargetRow, CampaignTargetRow.campaign_id == WishRow.campaign_id
        )
        for row in self._session.scalars(wishes.where(of_table).distinct()):
            found |= {operation_digest(each): each for each in read_wish(row)}
        return found
