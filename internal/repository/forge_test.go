package repository_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"laurel/internal/repository"
	"laurel/internal/translog"
)

// forgery is a version that somebody makes by hand who holds some of the keys. It follows a
// state, has its leaf in the log, and is right in all that is not changed.
type forgery struct {
	w         *world
	dir       string // to be served
	snapshot  repository.Snapshot
	timestamp repository.Timestamp

	snapshotSigners  []string
	timestampSigners []string
	snapshotType     string
	timestampType    string
	leafless         bool
	origin           string // of the log
}

// forge returns a forgery that lists the same shards as what is published.
func (w *world) forge() *forgery {
	w.t.Helper()
	s := must[*repository.State](w.t)(w.client().Update(ctx, repository.Folder(w.public()), w.options()))
	f := &forgery{w: w, dir: copyDir(w.t, w.public()), snapshot: *s.Snapshot, timestamp: *s.Timestamp, snapshotSigners: []string{"s1"}, timestampSigners: []string{"t1"}, snapshotType: "snapshot", timestampType: "timestamp", origin: origin}
	f.snapshot.Version++
	f.snapshot.Prev = &repository.Ref{Version: s.Snapshot.Version, SHA256: s.Digest()}
	f.snapshot.Issued, f.snapshot.Expires = w.now, w.now.Add(7*day)
	shards := map[string]repository.Ref{}
	for name, ref := range s.Snapshot.Shards {
		shards[name] = ref
	}
	f.snapshot.Shards = shards
	f.timestamp.Version++
	f.timestamp.Issued, f.timestamp.Expires = w.now, w.now.Add(day)
	return f
}

func ref(version int64, document []byte) repository.Ref {
	sum := sha256.Sum256(document)
	return repository.Ref{Version: version, SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(document))}
}

func (f *forgery) write(name string, content []byte) {
	if err := os.WriteFile(filepath.Join(f.dir, name), content, 0o600); err != nil {
		f.w.t.Fatal(err)
	}
}

// shard makes a content and its document, and lists it.
func (f *forgery) shard(name string, content []byte, change func(*repository.Shard), kind string, signers ...string) {
	f.w.t.Helper()
	s := repository.Shard{Dates: repository.Dates{Version: f.snapshot.Shards[name].Version + 1, Issued: f.w.now, Expires: f.w.now.Add(90 * day)}, Name: name, Bytes: int64(len(content))}
	sum := sha256.Sum256(content)
	s.SHA256 = hex.EncodeToString(sum[:])
	var tree translog.Tree
	for start, i := 0, 0; i < len(content); i++ {
		if content[i] == '\n' {
			tree.Add(translog.LeafHash(content[start:i]))
			start = i + 1
		}
	}
	s.Entries, s.TreeRoot = tree.Size(), tree.Root()
	if change != nil {
		change(&s)
	}
	text := document(f.w.t, kind, must[[]byte](f.w.t)(s.Payload()), signers...)
	f.write(fmt.Sprintf("%d.%s.json", s.Version, name), text)
	f.write(s.SHA256+"."+name+".ndjson", content)
	f.snapshot.Shards[name] = ref(s.Version, text)
}

// publish signs what there is and serves it. The last word on the timestamp is the caller's.
func (f *forgery) publish(change func(*repository.Timestamp)) {
	f.w.t.Helper()
	text := document(f.w.t, f.snapshotType, must[[]byte](f.w.t)(f.snapshot.Payload()), f.snapshotSigners...)
	f.publishSnapshot(text, change)
}

func (f *forgery) publishSnapshot(text []byte, change func(*repository.Timestamp)) {
	f.w.t.Helper()
	f.write(fmt.Sprintf("%d.snapshot.json", f.snapshot.Version), text)
	f.timestamp.Snapshot = ref(f.snapshot.Version, text)
	if !f.leafless {
		log := must[*translog.Writer](f.w.t)(translog.OpenWriter(f.dir, f.origin, key("log")))
		index, _, err := log.Append(fmt.Appendf(nil, "obtr/1 snapshot %d %s\n", f.snapshot.Version, f.timestamp.Snapshot.SHA256))
		if err != nil {
			f.w.t.Fatal(err)
		}
		f.timestamp.LogIndex = index
		log.Close()
	}
	if change != nil {
		change(&f.timestamp)
	}
	f.write("timestamp.json", document(f.w.t, f.timestampType, must[[]byte](f.w.t)(f.timestamp.Payload()), f.timestampSigners...))
	f.w.serveFrom(f.dir)
}
