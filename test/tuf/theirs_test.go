package tuf

import (
	"crypto"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"testing"
	"time"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"
)

const address = "https://registry.example/tuf"

// theirs is the client of go-tuf.
type theirs struct {
	t       *testing.T
	files   map[string][]byte // what is served, by name
	trusted []byte
	dir     string
}

func newTheirs(t *testing.T) *theirs {
	return &theirs{t: t, dir: t.TempDir(), files: map[string][]byte{}}
}

// DownloadFile makes it a fetcher.
func (x *theirs) DownloadFile(url string, max int64, _ time.Duration) ([]byte, error) {
	content, ok := x.files[path.Base(url)]
	if !ok {
		return nil, &metadata.ErrDownloadHTTP{StatusCode: 404, URL: url}
	}
	if int64(len(content)) > max {
		return nil, &metadata.ErrDownloadLengthMismatch{Msg: "too long"}
	}
	return content, nil
}

func signWith[T metadata.Roles](t *testing.T, m *metadata.Metadata[T], d document) []byte {
	t.Helper()
	for _, name := range d.signers {
		signer := must[signature.Signer](t)(signature.LoadSigner(key(name), crypto.Hash(0)))
		made := must[*metadata.Signature](t)(m.Sign(signer))
		if slices.Contains(d.broken, name) {
			made.Signature[0] ^= 1
			m.Signatures[len(m.Signatures)-1].Signature[0] = made.Signature[0]
		}
	}
	return must[[]byte](t)(m.ToBytes(false))
}

func meta(version int64, text []byte, wrong bool) *metadata.MetaFiles {
	sum := digestOf(text)
	if wrong {
		sum[0] ^= 1
	}
	return &metadata.MetaFiles{Version: version, Length: int64(len(text)), Hashes: metadata.Hashes{"sha256": sum}}
}

// serve writes a world's files.
func (x *theirs) serve(w world) {
	for i, r := range w.roots {
		m := metadata.Root(noon.Add(r.expires))
		m.Signed.Version = r.version
		m.Signed.ConsistentSnapshot = true
		for name, role := range r.roles {
			for _, k := range role.keys {
				if err := m.Signed.AddKey(must[*metadata.Key](x.t)(metadata.KeyFromPublicKey(key(k).Public())), name); err != nil {
					x.t.Fatal(err)
				}
			}
			m.Signed.Roles[name].Threshold = role.threshold
		}
		x.files[fmt.Sprintf("%d.root.json", i+1)] = signWith(x.t, m, r.document)
	}
	if x.trusted == nil {
		x.trusted = x.files["1.root.json"]
	}
	content := []byte(w.content)
	targets := metadata.Targets(noon.Add(w.shard.expires))
	targets.Signed.Version = w.shard.version
	file := must[*metadata.TargetFiles](x.t)(metadata.TargetFile().FromBytes("content", content, "sha256"))
	targets.Signed.Targets["content"] = file
	text := signWith(x.t, targets, w.shard)
	x.files[fmt.Sprintf("%d.targets.json", w.listsShard)] = text
	name := fmt.Sprintf("%x.content", digestOf(content))
	switch {
	case w.wrongContent:
		content = []byte{content[0] ^ 1}
	case w.shortContent:
		content = nil
	case w.longContent:
		content = append(content, '\n')
	}
	x.files[name] = content

	snapshot := metadata.Snapshot(noon.Add(w.snapshot.expires))
	snapshot.Signed.Version = w.snapshot.version
	snapshot.Signed.Meta["targets.json"] = meta(w.listsShard, text, w.wrongShardDigest)
	if w.extraShard {
		snapshot.Signed.Meta["extra.json"] = snapshot.Signed.Meta["targets.json"]
	}
	if w.noShard {
		delete(snapshot.Signed.Meta, "targets.json")
	}
	text = signWith(x.t, snapshot, w.snapshot)
	x.files[fmt.Sprintf("%d.snapshot.json", w.listsSnapshot)] = text

	timestamp := metadata.Timestamp(noon.Add(w.timestamp.expires))
	timestamp.Signed.Version = w.timestamp.version
	timestamp.Signed.Meta["snapshot.json"] = meta(w.listsSnapshot, text, w.wrongSnapshotDigest)
	x.files["timestamp.json"] = signWith(x.t, timestamp, w.timestamp)
}

// update reports whether the client accepts what is served.
func (x *theirs) update(at time.Time) error {
	c := must[*config.UpdaterConfig](x.t)(config.New(address, x.trusted))
	c.LocalMetadataDir, c.LocalTargetsDir, c.Fetcher = x.dir, x.dir, x
	u := must[*updater.Updater](x.t)(updater.New(c))
	u.UnsafeSetRefTime(at)
	if err := u.Refresh(); err != nil {
		return err
	}
	info, err := u.GetTargetInfo("content")
	if err != nil {
		return err
	}
	_, content, err := u.DownloadTarget(info, "", "")
	if err == nil && len(content) == 0 {
		err = errors.Join(fs.ErrInvalid, errors.New("no content"))
	}
	return err
}
