package vcapi

import (
	"context"
	"encoding/json"
	"fmt"

	"laurel/internal/proof"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/schemas"
	"laurel/verifier"
)

// issued is the body of an answer with a credential.
type issued struct {
	Credential any `json:"verifiableCredential"`
}

// Issue secures a credential as the named issuer (POST …/credentials/issue). What its own
// verifier would refuse is not issued.
func (s *Service) Issue(ctx context.Context, name string, body []byte) Answer {
	by, ok := s.issuer(name)
	if !ok {
		return refusal(statusNotFound, noType, "there is no such issuer")
	}
	c, err := readCall(body, "credential")
	if err != nil {
		return refuse(err)
	}
	prepared, err := s.prepare(by, c)
	if err != nil {
		return refuse(err)
	}
	secured, err := s.secure(ctx, by, prepared, c)
	if err != nil {
		return refuse(err)
	}
	// A base proof of ecdsa-sd-2023 is for the holder only and verifies nowhere.
	if by.suite != proof.ECDSASD2023 {
		report := s.verifier.Verify(ctx, verifier.Request{Input: secured})
		if errs, _ := judge(report, proofOnly); len(errs) > 0 {
			return refusal(statusBadRequest, errs[0].Type, errs[0].Detail)
		}
	}
	return write(statusCreated, issued{json.RawMessage(secured)})
}

// prepare completes the credential and judges it.
func (s *Service) prepare(by *Issuer, c call) (vc.Prepared, error) {
	if !c.object.Present() {
		return vc.Prepared{}, bad("credential is not an object")
	}
	tree := c.object.Object()
	if read, _ := vc.Read(c.object); read.Version == vc.V1 && tree["issuanceDate"] == nil {
		tree["issuanceDate"] = vc.FormatTime(s.now())
	}
	read, problems := vc.Read(strictjson.Of(tree))
	if len(problems) > 0 {
		return vc.Prepared{}, bad("%s", problems[0])
	}
	if read.Issuer != by.ID {
		return vc.Prepared{}, bad("the issuer here is %s, and it signs as nobody else", by.ID)
	}
	if by.suite == "" && read.Version != vc.V2 {
		return vc.Prepared{}, bad("an enveloping proof secures credentials of version 2.0 only")
	}
	if by.status {
		if err := s.list.enter(tree); err != nil {
			return vc.Prepared{}, err
		}
	}
	return vc.Prepare(tree, checkResources)
}

// secure signs the prepared credential; it returns JSON.
func (s *Service) secure(ctx context.Context, by *Issuer, prepared vc.Prepared, c call) ([]byte, error) {
	if by.suite == "" {
		token, err := proof.SignJOSE(s.processor, prepared, by.signer, "")
		if err != nil {
			return nil, err
		}
		return vc.Marshal(struct {
			Context string `json:"@context"`
			ID      string `json:"id"`
			Type    string `json:"type"`
		}{schemas.CredentialsV2, "data:application/vc+jwt," + token, "EnvelopedVerifiableCredential"})
	}
	options := proof.Options{Suite: by.suite, Created: s.now()}
	if by.suite == proof.ECDSASD2023 {
		pointers, named, err := c.texts("mandatoryPointers")
		if err != nil {
			return nil, err
		}
		if !named {
			pointers = decisive(prepared.Value())
		}
		options.Mandatory = pointers
	}
	secured, err := proof.SignWith(ctx, s.processor, prepared, by.signer, options)
	if err != nil {
		return nil, fmt.Errorf("no proof could be made: %w", err)
	}
	return withOneProof(secured)
}

// withOneProof writes a proof that is the only one as an object and not as a list of one:
// the two say the same, and much software reads the first alone.
func withOneProof(secured []byte) ([]byte, error) {
	tree, err := strictjson.ParseObject(secured, strictjson.Limits{})
	if err != nil {
		return nil, err
	}
	if list, _ := tree["proof"].([]any); len(list) == 1 {
		tree["proof"] = list[0]
	}
	return vc.Marshal(tree)
}

// decisive names what a holder cannot withhold where the caller does not say: who issued the
// credential, and whether it still holds.
func decisive(document strictjson.Value) []string {
	var pointers []string
	for _, name := range []string{"issuer", "validFrom", "validUntil", "issuanceDate", "expirationDate", "credentialStatus"} {
		if document.Member(name).Present() {
			pointers = append(pointers, "/"+name)
		}
	}
	return pointers
}

// Derive makes of a credential with an ecdsa-sd-2023 base proof what its holder shows (POST
// …/credentials/derive). Nothing is signed.
func (s *Service) Derive(ctx context.Context, body []byte) Answer {
	c, err := readCall(body, "verifiableCredential")
	if err != nil {
		return refuse(err)
	}
	if !c.object.Present() {
		return refuse(bad("verifiableCredential is not an object"))
	}
	pointers, _, err := c.texts("selectivePointers")
	if err != nil {
		return refuse(err)
	}
	derived, err := proof.Derive(ctx, s.processor, c.object, pointers)
	if err != nil {
		return refuse(err)
	}
	return write(statusCreated, issued{json.RawMessage(derived)})
}
