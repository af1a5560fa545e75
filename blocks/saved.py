"""A campaign saved as a Prefect block, so that the UI can offer it, with its secrets encrypted."""

from __future__ import annotations

from prefect.blocks.core import Block
from pydantic import ConfigDict, Field, SecretStr, model_validator

from blocks.campaign import Campaign


class SavedCampaign(Block):
    """A campaign to pick in the run form; its `${NAME}` placeholders are answered from secrets."""

    # Without the input in its text, a validation error cannot tell a secret.
    model_config = ConfigDict(hide_input_in_errors=True, title="Saved campaign")

    _block_type_name = "Hookline Campaign"
    _block_type_slug = "hookline-campaign"
    _description = "A Hookline campaign: segment, message and delivery settings, with its secrets."

    campaign: Campaign = Field(description="Who gets what, and how it is delivered.")
    secrets: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="Values of the campaign's ${NAME} placeholders, kept encrypted.",
    )

    @model_validator(mode="after")
    def _writes_no_secret_out(self) -> SavedCampaign:
        if written_out := self.campaign.literal_secrets():
            raise ValueError(
                f"{', '.join(written_out)}: write ${{NAME}} and put the value among the secrets"
            )
        return self

    @property
    def environ(self) -> dict[str, str]:
        """Return the secrets as plain values, to answer placeholders with."""
        return {name: secret.get_secret_value() for name, secret in self.secrets.items()}
