package repository

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"sort"

	"laurel/internal/strictjson"
	"laurel/internal/translog"
)

// The budget of a content.
const (
	maxEntries = 1_000_000
	maxLine    = 1 << 20 // bytes
	maxID      = 1024    // bytes
	maxDelta   = 32 << 20
)

// Lines is the content of a shard: JSON objects, sorted by their "id" byte by byte, no two of
// which are the same. It never changes and is safe for concurrent use.
type Lines struct {
	content []byte
	ends    []int // where each line ends, before its line end
	ids     []string
	tree    translog.Tree
}

// ReadLines reads a content. Each line ends with a line feed, and is an object and nothing
// around it.
func ReadLines(content []byte) (*Lines, error) {
	l := &Lines{content: content}
	for start := 0; start < len(content); {
		length := bytes.IndexByte(content[start:], '\n')
		if length < 0 {
			return nil, fmt.Errorf("%w: the last line has no end", ErrForm)
		}
		line := content[start : start+length]
		id, err := idOf(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", len(l.ids)+1, err)
		}
		if n := len(l.ids); n > 0 && id <= l.ids[n-1] {
			return nil, fmt.Errorf("%w: line %d: not after the one before", ErrForm, n+1)
		}
		if len(l.ids) == maxEntries {
			return nil, fmt.Errorf("%w: more than %d lines", ErrForm, maxEntries)
		}
		l.ids = append(l.ids, id)
		l.ends = append(l.ends, start+length)
		l.tree.Add(translog.LeafHash(line))
		start += length + 1
	}
	return l, nil
}

// idOf reads a line as strictly as everything that decides.
func idOf(line []byte) (string, error) {
	if len(line) == 0 || line[0] != '{' || line[len(line)-1] != '}' {
		return "", fmt.Errorf("%w: no object, or blanks around it", ErrForm)
	}
	o, err := strictjson.ReadObject(line, strictjson.Limits{Bytes: maxLine, Depth: 16, Values: 100_000})
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrForm, err)
	}
	id := o.Member("id").Text()
	if id == "" || len(id) > maxID {
		return "", fmt.Errorf("%w: no id", ErrForm)
	}
	return id, nil
}

// readContent reads the content that a shard's document says: length and digest first.
func readContent(content []byte, s *Shard) (*Lines, error) {
	if digest := sha256.Sum256(content); int64(len(content)) != s.Bytes || hex.EncodeToString(digest[:]) != s.SHA256 {
		return nil, ErrDigest
	}
	l, err := ReadLines(content)
	if err != nil {
		return nil, err
	}
	if int64(l.Len()) != s.Entries || l.tree.Root() != s.TreeRoot {
		return nil, fmt.Errorf("%w: %d lines, or another root", ErrDigest, l.Len())
	}
	return l, nil
}

// Len is the number of lines.
func (l *Lines) Len() int { return len(l.ids) }

// ID is the id of a line.
func (l *Lines) ID(i int) string { return l.ids[i] }

// Line is a line without its end. The bytes are the content's own and not to be changed.
func (l *Lines) Line(i int) []byte {
	start := 0
	if i > 0 {
		start = l.ends[i-1] + 1
	}
	return l.content[start:l.ends[i]:l.ends[i]]
}

// All is every line with its id, in order.
func (l *Lines) All() iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for i, id := range l.ids {
			if !yield(id, l.Line(i)) {
				return
			}
		}
	}
}

// Find returns the place of the line with an id.
func (l *Lines) Find(id string) (int, bool) {
	i := sort.SearchStrings(l.ids, id)
	return i, i < len(l.ids) && l.ids[i] == id
}

// Root is the Merkle root over the lines.
func (l *Lines) Root() translog.Hash { return l.tree.Root() }
