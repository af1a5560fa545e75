"""What happened: plan, claim, begin, settle, take over, reconcile; the one source of truth."""
