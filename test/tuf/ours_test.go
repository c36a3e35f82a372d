package tuf

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/repository"
	"laurel/internal/signed"
	"laurel/internal/translog"
)

const origin = "registry.example/obtr"

func must[T any](t testing.TB) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// ours is the client of a registry.
type ours struct {
	t      *testing.T
	dir    string // what is served
	client *repository.Client
}

func newOurs(t *testing.T) *ours { return &ours{t: t, dir: t.TempDir()} }

// sign makes a document, however wrong what it says is.
func (o *ours) sign(d document, kind string, payload []byte, _ error) []byte {
	u := signed.Draft(payload)
	for _, name := range d.signers {
		u = must[signed.Unverified](o.t)(u.Sign("obtr-"+kind+"+jws", key(name)))
	}
	text := string(u.Bytes())
	for _, name := range d.broken {
		i := slices.Index(d.signers, name)
		parts := strings.SplitAfter(text, `"signature":"`)
		swap := byte('A')
		if parts[i+1][0] == swap {
			swap = 'B'
		}
		parts[i+1] = string(swap) + parts[i+1][1:]
		text = strings.Join(parts, "")
	}
	return []byte(text)
}

func (o *ours) write(name string, content []byte) {
	if err := os.WriteFile(filepath.Join(o.dir, name), content, 0o600); err != nil {
		o.t.Fatal(err)
	}
}

func (d document) dates() repository.Dates {
	return repository.Dates{Version: d.version, Issued: noon.Add(min(0, d.expires-hour)), Expires: noon.Add(d.expires)}
}

func ref(version int64, text []byte, wrong bool) repository.Ref {
	sum := sha256.Sum256(text)
	if wrong {
		sum[0] ^= 1
	}
	return repository.Ref{Version: version, SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(text))}
}

// serve writes a world's files.
func (o *ours) serve(w world) {
	key1 := must[string](o.t)(translog.LogKey(origin, key("log").Public()))
	for i, r := range w.roots {
		ours := repository.Root{Dates: r.dates(), Roles: map[string]repository.Role{}, Shards: []string{"targets"}, Log: translog.Policy{Origin: origin, Key: key1}}
		for name, role := range r.roles {
			held := repository.Role{Threshold: role.threshold}
			for _, k := range role.keys {
				held.Keys = append(held.Keys, key(k).Public())
			}
			ours.Roles[name] = held
		}
		payload, err := ours.Payload()
		o.write(fmt.Sprintf("%d.root.json", i+1), o.sign(r.document, "root", payload, err))
	}
	content := fmt.Appendf(nil, `{"id":"%s"}`+"\n", w.content)
	var tree translog.Tree
	tree.Add(translog.LeafHash(content[:len(content)-1]))
	listed := ref(0, content, false)
	shard := repository.Shard{Dates: w.shard.dates(), Name: "targets", SHA256: listed.SHA256, Bytes: listed.Bytes, Entries: 1, TreeRoot: tree.Root()}
	payload, err := shard.Payload()
	text := o.sign(w.shard, "shard", payload, err)
	o.write(fmt.Sprintf("%d.targets.json", w.listsShard), text)
	switch {
	case w.wrongContent:
		content[7] ^= 1
	case w.shortContent:
		content = content[:len(content)-1]
	case w.longContent:
		content = append(content, '\n')
	}
	o.write(listed.SHA256+".targets.ndjson", content)

	snapshot := repository.Snapshot{Dates: w.snapshot.dates(), Policy: "sample/v1", Shards: map[string]repository.Ref{"targets": ref(w.listsShard, text, w.wrongShardDigest)}, LogOrigin: origin}
	if w.extraShard {
		snapshot.Shards["extra"] = snapshot.Shards["targets"]
	}
	if w.noShard {
		delete(snapshot.Shards, "targets")
	}
	payload, err = snapshot.Payload()
	text = o.sign(w.snapshot, "snapshot", payload, err)
	o.write(fmt.Sprintf("%d.snapshot.json", w.listsSnapshot), text)

	log := must[*translog.Writer](o.t)(translog.OpenWriter(o.dir, origin, key("log")))
	defer log.Close()
	listed = ref(w.listsSnapshot, text, w.wrongSnapshotDigest)
	leaf := fmt.Appendf(nil, "obtr/1 snapshot %d %s\n", listed.Version, listed.SHA256)
	index, err := translog.Find(context.Background(), log.Checkpoint(), translog.LeafHash(leaf), 0, translog.Folder(o.dir))
	if errors.Is(err, translog.ErrProof) {
		index, _, err = log.Append(leaf)
	}
	if err != nil {
		o.t.Fatal(err)
	}
	timestamp := repository.Timestamp{Dates: w.timestamp.dates(), Snapshot: listed, LogIndex: index}
	payload, err = timestamp.Payload()
	o.write("timestamp.json", o.sign(w.timestamp, "timestamp", payload, err))
}

// update reports whether the client accepts what is served.
func (o *ours) update(at time.Time) error {
	if o.client == nil {
		trusted := must[[]byte](o.t)(os.ReadFile(filepath.Join(o.dir, "1.root.json")))
		o.client = must[*repository.Client](o.t)(repository.Open(o.t.TempDir(), trusted))
	}
	s, err := o.client.Update(context.Background(), repository.Folder(o.dir), repository.Options{Now: at})
	if err != nil {
		return err
	}
	_, err = s.Lines("targets")
	return err
}
