package registrar

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"laurel/internal/repository"
	"laurel/registry"
)

// Changes are the entries that a staged list has otherwise than the published one.
type Changes struct{ Added, Changed, Removed []string }

// String tells them in one line; empty: there are none.
func (c Changes) String() string {
	var parts []string
	for _, part := range []struct {
		word string
		ids  []string
	}{{"new", c.Added}, {"changed", c.Changed}, {"gone", c.Removed}} {
		if len(part.ids) == 0 {
			continue
		}
		const shown = 5
		text := strings.ReplaceAll(strings.Join(part.ids[:min(shown, len(part.ids))], " "), registry.EntityPrefix, "")
		if more := len(part.ids) - shown; more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		parts = append(parts, fmt.Sprintf("%d %s (%s)", len(part.ids), part.word, text))
	}
	return strings.Join(parts, ", ")
}

// Changes compares the content of a staged document with what is published; of a document that
// is not a shard's there are none.
func (b *Book) Changes(p repository.Pending) (c Changes, err error) {
	if !slices.ContainsFunc(registry.Shards[:], func(s registry.Shard) bool { return s.String() == p.Role }) {
		return c, nil
	}
	staged, err := b.writer.Newest(p.Role)
	if err != nil {
		return c, err
	}
	after, err := contentLines(filepath.Join(b.dir, "staged"), staged)
	if err != nil {
		return c, err
	}
	before, err := b.publishedLines(p.Role)
	if err != nil {
		return c, err
	}
	for id, line := range after.All() {
		if i, found := before.Find(id); !found {
			c.Added = append(c.Added, id)
		} else if !bytes.Equal(before.Line(i), line) {
			c.Changed = append(c.Changed, id)
		}
	}
	for id := range before.All() {
		if _, found := after.Find(id); !found {
			c.Removed = append(c.Removed, id)
		}
	}
	return c, nil
}

func contentLines(dir string, s *repository.Shard) (*repository.Lines, error) {
	content, err := os.ReadFile(filepath.Join(dir, s.SHA256+"."+s.Name+".ndjson"))
	if err != nil {
		return nil, err
	}
	return repository.ReadLines(content)
}

func (b *Book) publishedLines(shard string) (*repository.Lines, error) {
	published, err := b.writer.Published(shard)
	if err != nil || published == nil {
		empty, readErr := repository.ReadLines(nil)
		if err == nil {
			err = readErr
		}
		return empty, err
	}
	return contentLines(b.Public(), published)
}
