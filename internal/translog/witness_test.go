package translog_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laurel/internal/translog"
	"laurel/keys"
)

func witness(t *testing.T, dir string, seed byte) *translog.Witness {
	t.Helper()
	name, _, _ := strings.Cut(policy(t, seed).Witnesses[0], "+")
	return must[*translog.Witness](t)(translog.OpenWitness(dir, name, key(seed), policy(t)))
}

func TestWitness(t *testing.T) {
	dir, mine := t.TempDir(), t.TempDir()
	w, p := open(t, dir), policy(t, 2, 3)
	p.Need = 2
	grow(t, w, 5)
	if c := must[translog.Checkpoint](t)(p.Open(w.Checkpoint().Note)); p.Witnessed(c) {
		t.Error("witnessed by nobody")
	}
	for i, size := range []int{5, 5, 6, 300, 301} {
		c := grow(t, w, size)
		last := must[translog.Checkpoint](t)(witness(t, mine, 2).Last())
		proof := must[[]translog.Hash](t)(translog.Consistency(ctx, c, last.Size, translog.Folder(dir)))
		at := noon.Add(time.Duration(i) * time.Hour)
		line := must[string](t)(witness(t, mine, 2).Cosign(c.Note, proof, at))
		if err := w.Attach(p.Witnesses, line); err != nil {
			t.Fatal(err)
		}
		got := must[translog.Checkpoint](t)(p.Open(w.Checkpoint().Note))
		if p.Witnessed(got) || len(got.Cosigned) < 1 || i != 1 && !got.Cosigned[0].Time.Equal(at) {
			t.Error(got.Cosigned)
		}
	}
	line := must[string](t)(witness(t, t.TempDir(), 3).Cosign(w.Checkpoint().Note, nil, noon))
	if err := w.Attach(p.Witnesses, line); err != nil {
		t.Fatal(err)
	}
	if c := must[translog.Checkpoint](t)(p.Open(read(t, dir, "checkpoint"))); !p.Witnessed(c) {
		t.Error("two witnesses: ", c.Cosigned)
	}
	if c := must[translog.Checkpoint](t)(policy(t, 4).Open(read(t, dir, "checkpoint"))); len(c.Cosigned) != 0 {
		t.Error("witnesses that nobody named: ", c.Cosigned)
	}
	if err := w.Attach(p.Witnesses[:1], strings.Replace(line, "w3", "w4", 1)); err == nil {
		t.Error("a stranger's cosignature is attached")
	}
}

func TestWitnessRefuses(t *testing.T) {
	dir, mine := t.TempDir(), t.TempDir()
	w := open(t, dir)
	grow(t, w, 50)
	_, forked := fork(t, dir, 100)
	_, longer := fork(t, dir, 200)
	early := w.Checkpoint()
	last := grow(t, w, 100)
	before := must[string](t)(witness(t, mine, 2).Cosign(last.Note, nil, noon))
	next := grow(t, w, 150)
	proof := must[[]translog.Hash](t)(translog.Consistency(ctx, next, 100, translog.Folder(dir)))
	for name, test := range map[string]struct {
		note  []byte
		proof []translog.Hash
		want  error
	}{
		"older":                   {early.Note, nil, translog.ErrOlder},
		"fork of the same size":   {forked.Note, nil, translog.ErrFork},
		"longer fork":             {longer.Note, proof, translog.ErrProof},
		"no proof":                {next.Note, nil, translog.ErrProof},
		"endless proof":           {next.Note, make([]translog.Hash, 100), translog.ErrProof},
		"unsigned":                {[]byte("x"), proof, translog.ErrForm},
		"signed by somebody else": {[]byte(strings.Replace(string(next.Note), "\n150\n", "\n151\n", 1)), proof, translog.ErrSignature},
	} {
		if line, err := witness(t, mine, 2).Cosign(test.note, test.proof, noon); !errors.Is(err, test.want) || line != "" {
			t.Errorf("%s: %q %v", name, line, err)
		}
	}
	if kept, _ := filepath.Glob(filepath.Join(mine, "fork-*")); len(kept) != 2 {
		t.Error("evidence: ", kept)
	}
	if got := must[translog.Checkpoint](t)(witness(t, mine, 2).Last()); got.Size != 100 {
		t.Error(got.Size)
	}
	if again := must[string](t)(witness(t, mine, 2).Cosign(last.Note, nil, noon)); again != before {
		t.Error("the same again: ", again)
	}
}

// TestWitnessRemembersFirst: what is signed is on the disk already.
func TestWitnessRemembersFirst(t *testing.T) {
	dir := t.TempDir()
	c := grow(t, open(t, t.TempDir()), 3)
	signs := 0
	w := must[*translog.Witness](t)(translog.OpenWitness(dir, "witness.example/w2", observed{key(2), func() {
		signs++
		if !bytes.Equal(read(t, dir, "cosigned"), c.Note) {
			t.Error("signed and not remembered")
		}
	}}, policy(t)))
	must[string](t)(w.Cosign(c.Note, nil, noon))
	if signs != 1 {
		t.Error(signs)
	}
}

// observed is a key whose use is watched.
type observed struct {
	ed25519.PrivateKey
	watch func()
}

func (o observed) Sign(random io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	o.watch()
	return o.PrivateKey.Sign(random, message, opts)
}

// TestCosignatureForm: the message that a witness signs is that of C2SP tlog-cosignature.
func TestCosignatureForm(t *testing.T) {
	c := grow(t, open(t, t.TempDir()), 3)
	line := must[string](t)(witness(t, t.TempDir(), 2).Cosign(c.Note, nil, noon))
	fields := strings.Fields(line)
	if len(fields) != 3 || fields[0] != "—" || fields[1] != "witness.example/w2" {
		t.Fatal(line)
	}
	raw := must[[]byte](t)(base64.StdEncoding.DecodeString(fields[2]))
	body, _, _ := strings.Cut(string(c.Note), "\n\n")
	message := "cosignature/v1\ntime 1795176000\n" + body + "\n"
	if len(raw) != 4+8+64 || binary.BigEndian.Uint64(raw[4:]) != 1795176000 || !ed25519.Verify(key(2).Public().(ed25519.PublicKey), []byte(message), raw[12:]) {
		t.Error("another message was signed")
	}
}

func TestPolicies(t *testing.T) {
	good := policy(t, 2, 3)
	if err := good.Valid(); err != nil {
		t.Fatal(err)
	}
	again := must[string](t)(translog.WitnessKey("another.example/name", key(2).Public()))
	own := must[string](t)(translog.WitnessKey("witness.example/log", key(1).Public()))
	for name, change := range map[string]func(*translog.Policy){
		"no origin":              func(p *translog.Policy) { p.Origin = "" },
		"no key":                 func(p *translog.Policy) { p.Key = "" },
		"a witness as the log":   func(p *translog.Policy) { p.Key = p.Witnesses[0] },
		"the log as a witness":   func(p *translog.Policy) { p.Witnesses[0] = p.Key },
		"the log's key cosigns":  func(p *translog.Policy) { p.Witnesses[0] = own },
		"one key, two names":     func(p *translog.Policy) { p.Witnesses[1] = again },
		"more than there are":    func(p *translog.Policy) { p.Need = 3 },
		"fewer than none":        func(p *translog.Policy) { p.Need = -1 },
		"key id of another name": func(p *translog.Policy) { p.Key = "x" + p.Key },
	} {
		p := policy(t, 2, 3)
		change(&p)
		if err := p.Valid(); !errors.Is(err, translog.ErrForm) {
			t.Error(name, err)
		}
	}
	if _, err := translog.LogKey("a b", key(1).Public()); err == nil {
		t.Error("a name with a space")
	}
	if _, err := translog.LogKey(origin, "key"); !errors.Is(err, keys.ErrUnsupported) {
		t.Error(err)
	}
}
