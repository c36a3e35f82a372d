package bench

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"

	"laurel/internal/did"
	"laurel/internal/jcs"
	"laurel/internal/jsonld"
	"laurel/internal/proof"
	"laurel/internal/status"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/keys"
	"laurel/verifier"
)

//go:embed credential.json
var credential []byte

// The sample's issuer, and the moment at which everything is.
const (
	issuerID   = "did:web:college.example"
	keysAt     = "https://college.example/.well-known/did.json"
	listAt     = "https://college.example/status/1-revocation"
	listedBits = 131_072
)

var moment = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// world is the sample in every form, its issuer's documents, and what is needed to work
// with them.
type world struct {
	key       ed25519.PrivateKey
	public    ed25519.PublicKey
	signer    proof.Signer
	processor *jsonld.Processor
	unsigned  []byte
	prepared  vc.Prepared
	documents map[string][]byte
	verifier  *verifier.Verifier

	statements, text, token []byte // signed with eddsa-rdfc-2022, with eddsa-jcs-2022, as a JWT

	canonical []byte // what is hashed
	bits      *status.Bitstring
	entry     status.Entry
}

func newWorld(ctx context.Context) (*world, error) {
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	fragment, err := keys.Thumbprint(key.Public())
	if err != nil {
		return nil, err
	}
	w := &world{
		key: key, public: public, signer: proof.NewSigner(issuerID+"#"+fragment, key),
		processor: jsonld.Pinned(), documents: map[string][]byte{}, entry: status.NewEntry(listAt, status.Revocation, 94567),
	}
	if w.documents[keysAt], err = did.NewDocument(issuerID, []did.PublishedKey{{Fragment: fragment, Public: key.Public()}}); err != nil {
		return nil, err
	}
	w.verifier = verifier.New(verifier.Config{Offline: true, Now: func() time.Time { return moment }, Own: w.document})
	return w, errors.Join(w.secure(ctx), w.list(ctx), w.check(ctx))
}

func (w *world) document(_ context.Context, url string) ([]byte, bool) {
	body, ok := w.documents[url]
	return body, ok
}

// secure signs the sample in every form.
func (w *world) secure(ctx context.Context) (err error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, credential); err != nil {
		return err
	}
	w.unsigned = compact.Bytes()
	if w.prepared, err = vc.Prepare(json.RawMessage(w.unsigned)); err != nil {
		return err
	}
	for suite, into := range map[string]*[]byte{proof.EdDSARDFC2022: &w.statements, proof.EdDSAJCS2022: &w.text} {
		if *into, err = proof.SignWith(ctx, w.processor, w.prepared, w.signer, proof.Options{Suite: suite, Created: moment}); err != nil {
			return err
		}
	}
	token, err := proof.SignJWT(w.processor, w.prepared, w.signer)
	if err != nil {
		return err
	}
	w.token = []byte(token)
	graph, err := w.processor.Read(w.prepared.Value())
	if err != nil {
		return err
	}
	w.canonical, err = graph.Canonical(ctx, crypto.SHA256)
	return err
}

// list publishes a status list of which one in a hundred entries is set, the sample's not.
func (w *world) list(ctx context.Context) error {
	w.bits = status.New(listedBits)
	for i := 0; i < listedBits; i += 100 {
		if err := w.bits.Set(i, true); err != nil {
			return err
		}
	}
	prepared, err := status.PrepareList(listAt, issuerID, status.Revocation, w.bits, moment.Add(-time.Hour))
	if err != nil {
		return err
	}
	w.documents[listAt], err = proof.Sign(ctx, w.processor, prepared, w.signer, moment.Add(-time.Hour))
	return err
}

// check holds every form to what is going to be measured: that it is valid.
func (w *world) check(ctx context.Context) error {
	for _, form := range [][]byte{w.statements, w.text, w.token} {
		if err := w.verify(ctx, form); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) verify(ctx context.Context, form []byte) error {
	if r := w.verifier.Verify(ctx, verifier.Request{Input: form}); r.Verdict != verifier.Valid {
		return fmt.Errorf("the sample is %s: %s", r.Verdict, r.Deciding().Message)
	}
	return nil
}

// Operations returns what is timed: the floors, and what is compared with them.
func Operations(ctx context.Context) ([]Operation, error) {
	w, err := newWorld(ctx)
	if err != nil {
		return nil, fmt.Errorf("the sample of the benchmark: %w", err)
	}
	const (
		verifyFloor = "verify floor"
		issueFloor  = "issue floor"
		bare        = "Ed25519"
		cohortFloor = "SHA-256 and sign"
		library     = "JOSE library"
	)
	cohort, err := w.cohort(ctx)
	if err != nil {
		return nil, fmt.Errorf("the template of the benchmark: %w", err)
	}
	digest := sha256.Sum256(w.canonical)
	signed := append(digest[:], digest[:]...)
	signature := ed25519.Sign(w.key, signed)
	return []Operation{
		{Name: verifyFloor, Run: func() error {
			var v any
			err := json.Unmarshal(w.statements, &v)
			digest := sha256.Sum256(w.canonical)
			copy(signed, digest[:])
			if !ed25519.Verify(w.public, signed, signature) {
				return errors.New("the signature is wrong")
			}
			return err
		}},
		{Name: bare, Run: func() error {
			if !ed25519.Verify(w.public, signed, signature) {
				return errors.New("the signature is wrong")
			}
			return nil
		}},
		{Name: issueFloor, Run: func() error {
			var v any
			err := json.Unmarshal(w.unsigned, &v)
			digest := sha256.Sum256(w.canonical)
			copy(signed, digest[:])
			ed25519.Sign(w.key, signed)
			return err
		}},
		{Name: cohortFloor, Run: func() error {
			digest := sha256.Sum256(w.canonical)
			copy(signed, digest[:])
			ed25519.Sign(w.key, signed)
			return nil
		}},
		{Name: library, Run: w.joseToken},
		{Name: "verify eddsa-rdfc-2022", Of: verifyFloor, Most: 1.1, Run: func() error { return w.verify(ctx, w.statements) }},
		{Name: "verify eddsa-rdfc-2022, again", Of: bare, Most: 2.4, Run: func() error { return w.verify(ctx, w.statements) }},
		{Name: "verify eddsa-jcs-2022, proof alone", Of: bare, Most: 1.4, Run: w.textProof},
		{Name: "verify eddsa-jcs-2022", Of: verifyFloor, Run: func() error { return w.verify(ctx, w.text) }},
		{Name: "verify JWT", Of: library, Most: 1.15, Run: func() error { return w.verify(ctx, w.token) }},
		{Name: "issue eddsa-rdfc-2022", Of: issueFloor, Most: 1, Run: func() error {
			prepared, err := vc.Prepare(json.RawMessage(w.unsigned))
			if err != nil {
				return err
			}
			_, err = proof.Sign(ctx, w.processor, prepared, w.signer, moment)
			return err
		}},
		{Name: "issue from a template", Of: cohortFloor, Most: 1.6, Run: func() error {
			_, err := cohort.issue(ctx)
			return err
		}},
		{Name: "look up in a status list", Of: verifyFloor, Most: 0.01, Run: w.lookUp},
		{Name: "build a status list of 131,072", Of: verifyFloor, Run: func() error {
			_, err := w.bits.Encode()
			return err
		}},
	}, nil
}

// joseToken is what a program would do that has the JOSE library only.
func (w *world) joseToken() error {
	jws, err := jose.ParseSignedCompact(string(w.token), []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		return err
	}
	payload, err := jws.Verify(w.public)
	if err != nil {
		return err
	}
	var claims map[string]any
	return json.Unmarshal(payload, &claims)
}

// textProof does what a proof over the text needs: read it, write its canonical form, hash
// both parts, check the signature.
func (w *world) textProof() error {
	document, err := strictjson.ReadObject(w.text, strictjson.Limits{})
	if err != nil {
		return err
	}
	made := document.Member("proof").First()
	data := make([]byte, 0, 2*sha256.Size)
	for _, part := range [...]strictjson.Value{made.Without("proofValue"), document.Without("proof")} {
		if data, _, err = jcs.AppendDigest(data, part, crypto.SHA256); err != nil {
			return err
		}
	}
	signature, err := keys.DecodeMultibase58(made.Member("proofValue").Text(), ed25519.SignatureSize)
	if err != nil {
		return err
	}
	if !ed25519.Verify(w.public, data, signature) {
		return errors.New("the signature is wrong")
	}
	return nil
}

func (w *world) lookUp() error {
	list := status.List{Kind: status.BitstringList, Purposes: []string{status.Revocation}, Bits: w.bits}
	state, err := list.State(w.entry)
	if err == nil && state.Meaning != status.Clear {
		return errors.New("the entry is set")
	}
	return err
}

// Sample returns the sample, signed with eddsa-rdfc-2022, and a verifier for which it is
// valid, for those who measure what stands around a verification.
func Sample(ctx context.Context) (document []byte, by *verifier.Verifier, err error) {
	w, err := newWorld(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("the sample of the benchmark: %w", err)
	}
	return w.statements, w.verifier, nil
}
