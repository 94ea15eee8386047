"""Any comment section into posts: `split_text`, `split_html`, `split_export`, `split_posts`."""
