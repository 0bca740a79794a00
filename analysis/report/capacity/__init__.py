"""advice.html: what today's servers carry, what to buy and what not; and the short form of it inside report.html."""
