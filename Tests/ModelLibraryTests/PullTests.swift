import Architecture
import Foundation
import ModelLibrary
import Network
import Synchronization
import System
import TemporaryFolder
import Testing
import WeightFiles

/// Fetching a small model from a server on this machine.
@Suite struct PullTests {
  private let content: [UInt8]
  private let folder: TemporaryFolder

  init() throws {
    content = Safetensors.bytes(
      of: try emptyWeights(.alexnet, metadata: ["variant": "alexnet"]))
    folder = try TemporaryFolder()
  }

  private func library(
    _ addresses: [String], digest: Digest? = nil,
    _ change: (inout LibrarySettings) -> Void = { _ in }
  ) -> ModelLibrary {
    var builder = DigestBuilder(.sha256)
    builder.update(content.span)
    var settings = LibrarySettings(home: folder.path.appending("home"))
    settings.patience = 1
    change(&settings)
    return ModelLibrary(
      settings: settings,
      catalogue: [
        CatalogueEntry(
          name: "tiny", title: "A model of zeros", variant: "alexnet",
          fileName: "tiny.safetensors", size: content.count, digest: digest ?? builder.digest,
          addresses: addresses, license: "none", top1: 0.001, top5: 0.005)
      ])
  }

  private func server(
    _ answer: @escaping @Sendable (LoopbackServer.Request, [UInt8]) -> LoopbackServer.Answer
  ) throws -> LoopbackServer {
    try LoopbackServer { [content] in answer($0, content) }
  }

  private var downloads: [String] {
    let path = folder.path.appending("home").appending("downloads").repaired
    return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  @Test("a clean pull leaves one model that opens, verifies and is the default")
  func clean() throws {
    let server = try server { .file($1, $0) }
    let library = library([server.url + "/some/tiny.safetensors"])
    let events = Mutex<[PullEvent]>([])
    let (model, wasThere) = try library.pull("tiny") { event in
      events.withLock { $0.append(event) }
    }
    #expect(!wasThere)
    #expect(model.top1 == 0.001)
    #expect(model.license == "none")
    #expect(server.requests == [.init(path: "/some/tiny.safetensors", offset: nil)])
    #expect(downloads == [])
    #expect(events.withLock { $0.last } == .converting)
    #expect(
      events.withLock { $0.contains(.progress(received: content.count, total: content.count)) })
    #expect(library.installedModels() == [model])
    #expect(library.defaultModel == "tiny")
    #expect(try library.verify("tiny") == model)
    #expect(try library.open("tiny").parameters.classCount == 1000)
    #expect(try library.pull("tiny").wasThere)
    #expect(server.requests.count == 1)
  }

  @Test("a connection that is cut off is taken up where it stopped")
  func cutOff() throws {
    let server = try server { request, content in
      var answer = LoopbackServer.Answer.file(content, request)
      answer.cutAfter = 4_500_000
      return answer
    }
    _ = try library([server.url + "/tiny.safetensors"]).pull("tiny")
    #expect(server.requests.map(\.offset) == [nil, 4_500_000, 9_000_000])
  }

  @Test("an interrupted pull keeps what it has, and the next one goes on from there")
  func interrupted() throws {
    let server = try server { .file($1, $0) }
    let library = library([server.url + "/tiny.safetensors"])
    let stop = StopFlag()
    #expect(throws: ModelError.interrupted) {
      try library.pull("tiny", stop: stop) { event in
        if case .progress(let received, _) = event, received > 1_000_000 { stop.raise() }
      }
    }
    #expect(downloads == ["tiny.safetensors.part"])
    _ = try library.pull("tiny")
    let offset = try #require(server.requests.last?.offset)
    #expect(offset > 1_000_000 && offset < content.count)
    #expect(try library.verify("tiny").name == "tiny")
  }

  @Test("a server that cannot resume sends everything again")
  func noRanges() throws {
    let server = try server { request, content in
      .file(content, .init(path: request.path, offset: nil))
    }
    let library = library([server.url + "/tiny.safetensors"])
    try leavePart(Array(content[..<1000]))
    _ = try library.pull("tiny")
    #expect(server.requests.map(\.offset) == [1000])
  }

  @Test(
    "a part that belongs to another file ends in a wrong digest, and the pull after it is right")
  func foreignPart() throws {
    let server = try server { .file($1, $0) }
    let library = library([server.url + "/tiny.safetensors"])
    try leavePart([1, 2, 3])
    let error = #expect(throws: ModelError.self) { try library.pull("tiny") }
    #expect(error?.kind == .badFile)
    #expect(downloads == [])
    _ = try library.pull("tiny")
  }

  private func leavePart(_ bytes: [UInt8]) throws {
    let folder = folder.path.appending("home").appending("downloads")
    try makeFolder(folder)
    try self.folder.write(bytes, to: folder.appending("tiny.safetensors.part"))
  }

  @Test("a wrong digest keeps nothing, and says what was expected and found")
  func wrongDigest() throws {
    let server = try server { .file($1, $0) }
    let wrong = Digest(.sha256, String(repeating: "0", count: 64))
    let library = library([server.url + "/tiny.safetensors"], digest: wrong)
    let error = #expect(throws: ModelError.self) { try library.pull("tiny") }
    let text = error?.description ?? ""
    #expect(text.contains("expected SHA-256 0000"))
    #expect(text.contains("found    SHA-256 "))
    #expect(downloads == [])
    #expect(library.installedModels().isEmpty)
  }

  @Test("a file of another size is refused before it is fetched")
  func wrongSize() throws {
    let server = try server { request, content in .file(content + [0], request) }
    let error = #expect(throws: ModelError.self) {
      try library([server.url + "/tiny.safetensors"]).pull("tiny")
    }
    #expect(error?.kind == .unavailable)
    #expect(error?.description.contains("not \(content.count)") ?? false)
    #expect(downloads == [])
  }

  @Test("a server that hangs is given up, and the next address is asked")
  func slow() throws {
    let slow = try server { request, content in
      var answer = LoopbackServer.Answer.file(content, request)
      answer.pause = 5
      return answer
    }
    let good = try server { .file($1, $0) }
    let failures = Mutex<[FailedAddress]>([])
    _ = try library([slow.url + "/tiny.safetensors", good.url + "/tiny.safetensors"])
      .pull("tiny") { event in
        if case .failed(let failure) = event { failures.withLock { $0.append(failure) } }
      }
    #expect(failures.withLock { $0.map(\.reason) } == ["the server did not answer in time"])
  }

  @Test("404 at every address, a dead port included, names them all")
  func notFound() throws {
    let server = try server { _, _ in .init(status: 404, headers: ["Content-Length: 0"]) }
    let addresses = [server.url + "/tiny.safetensors", "http://127.0.0.1:9/tiny.safetensors"]
    let error = #expect(throws: ModelError.self) { try library(addresses).pull("tiny") }
    guard case .downloadFailed("tiny", let failures) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(failures.map(\.address) == addresses)
    #expect(failures.first?.reason == "the server has no such file (404)")
    #expect(error?.kind == .unavailable)
  }

  @Test("the mirror is asked first, by the name of the file")
  func mirror() throws {
    let mirror = try server { .file($1, $0) }
    let other = try server { .file($1, $0) }
    _ = try library([other.url + "/x"]) { $0.mirror = mirror.url + "/models" }.pull("tiny")
    #expect(mirror.requests.map(\.path) == ["/models/tiny.safetensors"])
    #expect(other.requests.isEmpty)
  }

  @Test("a folder of this machine can be the mirror, also offline")
  func fileMirror() throws {
    let source = folder.path.appending("a mirror")
    try makeFolder(source)
    try folder.write(content, to: source.appending("tiny.safetensors"))
    let url = "file://" + source.repaired.split(separator: " ").joined(separator: "%20")
    let library = library(["http://127.0.0.1:9/x"]) {
      $0.mirror = url
      $0.isOffline = true
    }
    #expect(try library.pull("tiny").model.name == "tiny")
  }

  @Test("offline, nothing is asked")
  func offline() throws {
    let server = try server { .file($1, $0) }
    let library = library([server.url + "/x"]) { $0.isOffline = true }
    #expect(throws: ModelError.offline(name: "tiny")) { try library.pull("tiny") }
    #expect(server.requests.isEmpty)
  }

  @Test("a mirror that is no URL is an error of usage")
  func badMirror() throws {
    let library = library(["http://127.0.0.1:9/x"]) { $0.mirror = "ftp://example.org" }
    let error = #expect(throws: ModelError.self) { try library.pull("tiny") }
    #expect(error?.kind == .usage)
  }

  @Test("of two pulls at once one fetches, and both end well")
  func twoAtOnce() async throws {
    let server = try server { request, content in
      var answer = LoopbackServer.Answer.file(content, request)
      answer.pause = 0.2
      return answer
    }
    let library = library([server.url + "/tiny.safetensors"])
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<2 { group.addTask { try library.pull("tiny").wasThere } }
      let outcomes = try await group.reduce(into: [Bool]()) { $0.append($1) }
      #expect(outcomes.sorted { !$0 && $1 } == [false, true])
    }
    #expect(server.requests.count == 1)
    #expect(downloads == [])
  }

  @Test("a home that cannot be written is an error of its own")
  func readOnlyHome() throws {
    let file = folder.path.appending("file")
    try folder.write([1], to: file)
    let library = library(["http://127.0.0.1:9/x"]) { $0.home = file }
    let error = #expect(throws: ModelError.self) { try library.pull("tiny") }
    #expect(error?.kind == .cannotWrite)
  }
}
