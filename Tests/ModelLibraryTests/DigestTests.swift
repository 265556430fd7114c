import ModelLibrary
import Testing

@Suite struct DigestTests {
  private func digest(_ function: Digest.Function, _ parts: [[UInt8]]) -> String {
    var builder = DigestBuilder(function)
    for part in parts { builder.update(part.span) }
    return builder.digest.hexadecimal
  }

  /// Source of the expected values: Python's hashlib, over `bytes(i % 251 for i in range(n))`.
  private static let hashlib: [(Int, Digest.Function, String)] = [
    (0, .sha1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    (0, .sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    (
      0, .sha384,
      "38b060a751ac96384cd9327eb1b1e36a21fdb71114be0743"
        + "4c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b"
    ),
    (55, .sha1, "8ae2d46729cfe68ff927af5eec9c7d1b66d65ac2"),
    (55, .sha256, "463eb28e72f82e0a96c0a4cc53690c571281131f672aa229e0d45ae59b598b59"),
    (
      55, .sha384,
      "dcedb6b590edb4efa849c801e6b6490657a5c1e64f69269f"
        + "5f63c9267f6223de24cea7aaa6b267d9bcecc15147b6c875"
    ),
    (56, .sha1, "636e2ec698dac903498e648bd2f3af641d3c88cb"),
    (56, .sha256, "da2ae4d6b36748f2a318f23e7ab1dfdf45acdc9d049bd80e59de82a60895f562"),
    (
      56, .sha384,
      "7b9132d597b8873ad55bbc30f18ed3f2c9f340e7de69fb57"
        + "74056c71a06d9bc2b14137e9e1c68b6b645fed28b188249d"
    ),
    (63, .sha1, "6d942da0c4392b123528f2905c713a3ce28364bd"),
    (63, .sha256, "29af2686fd53374a36b0846694cc342177e428d1647515f078784d69cdb9e488"),
    (
      63, .sha384,
      "dd66b519f51a925814407a449c60b34c553d7652d41783ee"
        + "903a810a4c9f833b8181c91c7f12283eacd6a5f8a2639ddf"
    ),
    (64, .sha1, "c6138d514ffa2135bfce0ed0b8fac65669917ec7"),
    (64, .sha256, "fdeab9acf3710362bd2658cdc9a29e8f9c757fcf9811603a8c447cd1d9151108"),
    (
      64, .sha384,
      "9f2c9eb7116b3d7a4ba84a74a4d4eff8a5efcf54b6d7b662"
        + "693c38577914c73a214766f0a175339bb0895a863824fc0a"
    ),
    (111, .sha1, "bc544e24573d592290fdaff8ecf3f7f2b00cd483"),
    (111, .sha256, "60780e9451bdc43cf4530ffc95cbb0c4eb24dae2c39f55f334d679e076c08065"),
    (
      111, .sha384,
      "f5f9fe110d809d34029de262a01b208356caec6e054c7f92"
        + "6b2591f6c9780579d4b59f5578c6f531a84f158a33660cef"
    ),
    (112, .sha1, "e4ce142d09a84a8645338dd6535cbfaaf800d320"),
    (112, .sha256, "09373f127d34e61dbbaa8bc4499c87074f2ddb10e1b465f506d7d70a15011979"),
    (
      112, .sha384,
      "33ba080ec0ccb378e4e95fed3b26c23aa1a280476e007519"
        + "ee47f60cd9c5c8a65d627259a9aa2fd33ca06d3c14ee5548"
    ),
    (119, .sha1, "41c89d06001bab4ab78736b44efe7ce18ce6ae08"),
    (119, .sha256, "da18797ed7c3a777f0847f429724a2d8cd5138e6ed2895c3fa1a6d39d18f7ec6"),
    (
      119, .sha384,
      "0c8d3031d85cefa23a09e13ce03623f0e648a030e43700c8"
        + "2aa1c8aa7e3ea9cecef3029a23815ad940cc39adb7747d2f"
    ),
    (120, .sha1, "d3dbd653bd8597b7475321b60a36891278e6a04a"),
    (120, .sha256, "f52b23db1fbb6ded89ef42a23ce0c8922c45f25c50b568a93bf1c075420bbb7c"),
    (
      120, .sha384,
      "0577ad6090b2a39ffa1c4a25436f9e958890c55a5b23cf8c"
        + "ee8195a5984316d81d6cf0b5916c0ad8b1f512fb39826c6d"
    ),
    (127, .sha1, "89d7312a903f65cd2b3e34a975e55dbea9033353"),
    (127, .sha256, "92ca0fa6651ee2f97b884b7246a562fa71250fedefe5ebf270d31c546bfea976"),
    (
      127, .sha384,
      "d5fcfe2fcf6b3ef375ede37c8123d9b78065fecc1d55197e"
        + "2f7721e6e9a93d0ba4d7fd15f9b96dea2744df24141ba2ef"
    ),
    (128, .sha1, "e6434bc401f98603d7eda504790c98c67385d535"),
    (128, .sha256, "471fb943aa23c511f6f72f8d1652d9c880cfa392ad80503120547703e56a2be5"),
    (
      128, .sha384,
      "ca2385773319124534111a36d0581fc3f00815e907034b90"
        + "cff9c3a861e126a741d5dfcff65a417b6d7296863ac0ec17"
    ),
    (1000, .sha1, "c9c960a0b925474fab83942cc27d504fc24ac37b"),
    (1000, .sha256, "4e4c294b331f7a2099a379bec34b9f9fc03dc46ab465d998f4d683da53487e6d"),
    (
      1000, .sha384,
      "7a2f8c7f12344964a13cb9260492b845e56615d6152b9eb9"
        + "e54b580fc88405e64f31813bfda10de2a642fdf1676c61b4"
    ),
  ]

  @Test("digests are those of hashlib, at every length around a block's end")
  func lengths() {
    for (length, function, expected) in Self.hashlib {
      let message = (0..<length).map { UInt8($0 % 251) }
      #expect(digest(function, [message]) == expected)
    }
  }

  @Test("a message hashes the same in parts of any size")
  func parts() {
    let message = (0..<1000).map { UInt8($0 % 251) }
    for function in [Digest.Function.sha1, .sha256, .sha384] {
      let whole = digest(function, [message])
      for size in [1, 7, 63, 64, 65, 127, 128, 129, 500] {
        let parts = stride(from: 0, to: 1000, by: size).map {
          Array(message[$0..<min($0 + size, 1000)])
        }
        #expect(digest(function, parts) == whole)
      }
    }
  }

  @Test("the examples of the standard")
  func examples() {
    // FIPS 180-4's example message "abc".
    let abc = [Array("abc".utf8)]
    #expect(digest(.sha1, abc) == "a9993e364706816aba3e25717850c26c9cd0d89d")
    #expect(
      digest(.sha256, abc)
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }
}
