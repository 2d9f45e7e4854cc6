"""A pretend WooCommerce store that answers, reduces stock, mails and calls webhooks as a real one does."""
