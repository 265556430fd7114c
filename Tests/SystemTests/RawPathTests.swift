import System
import Testing

@Suite struct RawPathTests {
  @Test("bytes that are not UTF-8 are kept, and repaired only as text")
  func rawBytes() {
    let path = RawPath([0x61, 0xFF, 0x2E, 0x6A, 0x70, 0x67])
    #expect(!path.isUTF8)
    #expect(path.repaired == "a\u{FFFD}.jpg")
    #expect(path.base64 == "Yf8uanBn")
    #expect(RawPath("grün.jpg").isUTF8)
  }

  @Test(
    "base64 agrees with RFC 4648, section 10",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
      ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
  func base64(text: String, encoded: String) {
    #expect(RawPath(text).base64 == encoded)
  }

  @Test(
    "components as dirname and basename give them",
    arguments: [
      ("/usr/lib", "/usr", "lib"), ("/usr/", "/", "usr"), ("usr", ".", "usr"), ("/", "/", "/"),
      ("a/b//", "a", "b"), ("a//b", "a", "b"), ("//", "/", "/"), ("", ".", ""),
    ])
  func components(path: String, parent: String, last: String) {
    #expect(RawPath(path).parent == RawPath(parent))
    #expect(RawPath(path).lastComponent.elementsEqual(last.utf8))
  }

  @Test("extensions")
  func extensions() {
    #expect(RawPath("a/b.JPeG").lowercasedExtension == "jpeg")
    #expect(RawPath("a.d/b").lowercasedExtension == "")
    #expect(RawPath(".png").lowercasedExtension == "")
  }

  @Test("paths are joined with one slash and sorted as unsigned bytes")
  func joining() {
    #expect(RawPath("a/").appending("b") == "a/b")
    #expect(RawPath("a").appending("b") == "a/b")
    #expect(RawPath("").appending("b") == "b")
    #expect(RawPath([0xC3]) > RawPath("z"))
    #expect(RawPath("a") < RawPath("a/"))
  }
}
