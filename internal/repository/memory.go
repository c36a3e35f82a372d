package repository

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"laurel/internal/strictjson"
)

// memory is what a client has seen: the documents of the highest versions that it verified,
// which its next update may not fall behind, and the state that it accepted. It is one file,
// replaced whole, so that a state is the old one or the new one.
type memory struct {
	Root       int64             `json:"root"` // version of the newest root
	Timestamp  string            `json:"timestamp"`
	Edition    string            `json:"edition"` // of the timestamp, at its source
	Snapshot   string            `json:"snapshot"`
	Shards     map[string]string `json:"shards"`
	Checkpoint string            `json:"checkpoint"`
	Accepted   *accepted         `json:"accepted,omitempty"`
}

// accepted is a whole version. The documents that it leads to are files with names of their
// own, which never change.
type accepted struct {
	Root      int64  `json:"root"`
	Timestamp string `json:"timestamp"`
	Proof     string `json:"proof"` // that the snapshot is in the log
}

const memoryFile = "memory.json"

func (c *Client) remember(m *memory) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return c.replace(filepath.Join(c.dir, memoryFile), text)
}

// recall returns nil where there is nothing to remember.
func (c *Client) recall() (*memory, error) {
	text, err := os.ReadFile(filepath.Join(c.dir, memoryFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v, err := strictjson.ReadObject(text, strictjson.Limits{Bytes: 16 << 20, Depth: 4})
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", memoryFile, ErrForm, err)
	}
	o := &object{v: v}
	m := &memory{Root: o.number("root", 1), Timestamp: o.text("timestamp"), Edition: o.text("edition"), Snapshot: o.text("snapshot"), Checkpoint: o.text("checkpoint"), Shards: map[string]string{}}
	for name, document := range o.member("shards", strictjson.Object).Members() {
		m.Shards[name] = document.Text()
	}
	if o.optional("accepted") {
		a := o.object("accepted")
		m.Accepted = &accepted{a.number("root", 1), a.text("timestamp"), a.text("proof")}
	}
	if err := o.close(); err != nil {
		return nil, fmt.Errorf("%s: %w", memoryFile, err)
	}
	return m, nil
}
