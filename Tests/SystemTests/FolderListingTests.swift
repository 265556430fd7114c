import System
import Testing

@Suite struct FolderListingTests {
  let folder = TemporaryFolder()

  @Test("folders and wanted files are told apart and sorted; hidden and other entries are left out")
  func kinds() throws {
    for name in ["b", "a", ".hidden"] { folder.folder(name) }
    for name in ["z.JPG", "c.png", ".d.jpg", "notes.txt", "a/x.jpg"] { folder.file(name) }
    folder.link("linked", to: "a")
    folder.link("link.jpeg", to: "z.JPG")
    let listing = try FolderListing(of: folder.path, extensions: ["jpg", "jpeg", "png"])
    #expect(listing.directories == ["a", "b", "linked"])
    #expect(listing.files == ["c.png", "link.jpeg", "z.JPG"])
  }

  @Test("what is no folder, or is not there, is an error")
  func errors() {
    #expect(throws: SystemError.self) { try FolderListing(of: folder.file("x"), extensions: []) }
    #expect(throws: SystemError.self) {
      try FolderListing(of: folder.path.appending("y"), extensions: [])
    }
  }
}
