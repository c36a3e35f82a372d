package schemas

// currentPins is the closed world: SOURCES.md tells where each file comes from.
var currentPins = []pin{
	{CredentialsV1, "credentials-v1.jsonld", "ab4ddd9a531758807a79a5b450510d61ae8d147eab966cc9a200c07095b0cdcc"},
	{CredentialsV2, "credentials-v2.jsonld", "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"},
	{UndefinedTermsV2, "undefined-terms-v2.jsonld", "82dab514ba44eb18f5d1b0f638c5e140c6a556fbfb5089601bdc0fa5eb8b2581"},
	{ExamplesV2, "examples-v2.jsonld", "57393fbc69d6efb9b9b5dc9cb6b9880b0944360abfe2eaf459c9e58cf2279d7c"},
	{OpenBadges300, "ob-3.0.0.json", "9f1c8f9f361ba2994b9b50701f41149919542c50c7b7455b2846d87959295d72"},
	{openBadges300Alias, "ob-3.0.0.json", "9f1c8f9f361ba2994b9b50701f41149919542c50c7b7455b2846d87959295d72"},
	{OpenBadges301, "ob-3.0.1.json", "af095468326d3449160509b26ca71576e6321d13c85b0369cfe3b654c9a48fba"},
	{OpenBadges302, "ob-3.0.2.json", "00666ad080ba407687ed1846b7f5e7495f5019042b202a727de47c48a1755c53"},
	{OpenBadges303, "ob-3.0.3.json", "602a94035961f6737a242826ff1eb8f5a961a13aeba6a48125db58ee325533ef"},
	{OpenBadgesExtensions, "ob-extensions.json", "2d013f981d1f4516081a6a04e55468ba2b071d4153b794f19a79715c45a89a5e"},
	{OpenBadges20, "ob-2.0.json", "16f205ab9f185cc25c6ac2d4cdfd2fcd7fddc26c1783d8bd2457a9322f176b9b"},
	{openBadges20Alias, "ob-2.0.json", "16f205ab9f185cc25c6ac2d4cdfd2fcd7fddc26c1783d8bd2457a9322f176b9b"},
	{CLR20, "clr-2.0.json", "958ff9dc1a5a18c226579b707eac77c1ef50d7d9ab6c24e7058a3b02663f53a1"},
	{CLR201, "clr-2.0.1.json", "d371397030ae9b16a37c468fac463d37ff441f3a7bb364ddfc964624c573b847"},
	{DataIntegrityV1, "data-integrity-v1.jsonld", "b5d829bd09aa7c42abc6efa0c8ed7635313b5487f37ccfce3ecd149ca9418554"},
	{DataIntegrityV2, "data-integrity-v2.jsonld", "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4"},
	{MultikeyV1, "multikey-v1.jsonld", "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597"},
	{JWKV1, "jwk-v1.jsonld", "0f14b62f6071aafe00df265770ea0c7508e118247d79b7d861a406d2aa00bece"},
	{CIDV1, "cid-v1.jsonld", "276813762c4408bfa459e6cf47f2f6753ea47c711416490b19d4ba49000b9ae7"},
	{DIDV1, "did-v1.jsonld", "62c1054bf404d6dd3a4b26b64f830fd72095f6a26edc4469908c94351352ce5f"},
	{Ed25519Signature2020, "ed25519-signature-2020-v1.jsonld", "b9e1ab971fd8bf2c7553e0c4a9438e0b9450afde1ea1ca5b2492368b9f549588"},
	{JWS2020, "jws-2020-v1.jsonld", "d7034a79c90ab5c2b4e5d5f5efcf18efa7341a24849ee62963b342c04064a62d"},
	{StatusList2021, "status-list-2021-v1.jsonld", "634d71c159289f068c96012e4511c657fdf82ac4231900081bda3ba24e2e1160"},
	{BitstringStatus, "bitstring-status-v1.jsonld", "fda5add353231e6a6884a46b12e6c75464281900cb348284d9c360f62381d9f7"},
	{SecurityV1, "security-v1.jsonld", "abaf97e107d1925503c433dcaf3ffd2831697cacc1ed2a293e1bc8030d5bcb47"},
	{SecurityV2, "security-v2.jsonld", "611bd81151d5efe53ec9aed78f5a813e577287bc9451ee26d6879b1b8b46bc3b"},
	{CitizenshipV4, "citizenship-v4rc1.jsonld", "a89b0bc00b1848ac3dfdf956c7dd5de8567e755351c07ec6a1c2b4a08b67953b"},
	{DIDConfigurationV1, "did-configuration-v1.jsonld", "a72455e2a489b997ec3a3e1fdcd8950591be86b1500c80ccf2c99b374a7acaf1"},
}

// olderPins holds what a URL held before it was edited in place.
var olderPins = []pin{
	{OpenBadges303, "ob-3.0.3-2024-12.json", "ef2fa9c7846dce233cc166b43639027278be4ee44f00bb1d45c75de2dd0cd761"},
}
