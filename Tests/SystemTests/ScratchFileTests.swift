import System
import Testing

@Suite struct ScratchFileTests {
  let folder = TemporaryFolder()

  @Test("what was written is read, also after more was written, and no name is ever seen")
  func readsAll() throws {
    let file = try ScratchFile(beside: folder.path.appending("out"))
    #expect(folder.names == [])
    var expected: [UInt8] = []
    for round in 0..<3 {
      let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 + round) }
      try file.append(bytes.span)
      expected += bytes
      #expect(file.count == expected.count)
      var found: [UInt8] = []
      try file.readAll { (part) throws(SystemError) in
        for index in part.indices { found.append(part[index]) }
      }
      #expect(found == expected)
    }
    #expect(folder.names == [])
  }

  @Test("a folder that is not there is an error that names the file")
  func noFolder() throws {
    let path = folder.path.appending("nowhere/out")
    let error = #expect(throws: SystemError.self) { try ScratchFile(beside: path) }
    #expect(error?.path == path)
  }
}
