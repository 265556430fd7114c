import Foundation
import Images
import Testing

/// The program as it was built beside these tests, run as a user runs it.
struct BuiltProgram {
  /// What a run left behind.
  struct Outcome {
    let stdout: String
    let stderr: String
    let exitCode: Int32
    /// Whether a signal ended it, and not the program itself.
    let wasKilled: Bool

    var lines: [String] {
      stdout.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }
  }

  static let executable: URL = {
    // On macOS the tests are a bundle inside Xcode's or SwiftPM's runner.
    let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
    let products = (bundle ?? Bundle.main).bundleURL
    return (bundle == nil ? products : products.deletingLastPathComponent())
      .appendingPathComponent("alexnet")
  }()

  /// `Tests`, where `Fixtures` lies.
  static let tests = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()

  static let photos = tests.appendingPathComponent("Fixtures/photos")

  /// Runs the program to its end.
  ///
  /// - Parameters:
  ///   - folder: the working directory; the photos' by default.
  ///   - environment: variables to set; nil removes one.
  static func run(
    _ arguments: String..., in folder: URL = photos, stdin: Data? = nil,
    environment: [String: String?] = [:]
  ) throws -> Outcome {
    try run(arguments, in: folder, stdin: stdin, environment: environment)
  }

  static func run(
    _ arguments: [String], in folder: URL = photos, stdin: Data? = nil,
    environment: [String: String?] = [:]
  ) throws -> Outcome {
    try run(executable, arguments, in: folder, stdin: stdin, environment: environment)
  }

  /// Runs a shell command line in which `alexnet` is the program.
  static func shell(
    _ command: String, in folder: URL = photos, environment: [String: String?] = [:]
  ) throws -> Outcome {
    try run(
      URL(fileURLWithPath: "/bin/bash"), ["-c", "alexnet() { \"$ALEXNET\" \"$@\"; }\n" + command],
      in: folder, stdin: nil, environment: environment)
  }

  /// Runs the program, and sends it a signal some seconds after `condition` became true if it has
  /// not ended by then.
  static func run(
    _ arguments: [String], in folder: URL, environment: [String: String?] = [:], signal: Int32,
    after seconds: Double, when condition: () -> Bool = { true }
  ) throws -> Outcome {
    try run(executable, arguments, in: folder, stdin: nil, environment: environment) { process in
      while process.isRunning, !condition() { usleep(1000) }
      let end = ContinuousClock.now + .seconds(seconds)
      while process.isRunning, ContinuousClock.now < end { usleep(1000) }
      if process.isRunning { kill(process.processIdentifier, signal) }
    }
  }

  private static func run(
    _ program: URL, _ arguments: [String], in folder: URL, stdin: Data?,
    environment changes: [String: String?], whileRunning: (Process) -> Void = { _ in }
  ) throws -> Outcome {
    // Files and not pipes: nobody has to read while the program writes.
    let scratch = try TemporaryFolder()
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder
    var environment = ProcessInfo.processInfo.environment
    environment["NO_COLOR"] = nil
    environment["ALEXNET"] = executable.path
    // Whoever runs the tests may have models of their own.
    environment["ALEXNET_HOME"] = scratch["home"].path
    environment["ALEXNET_MODEL"] = nil
    for (name, value) in changes { environment[name] = value }
    process.environment = environment
    process.standardInput = try scratch.handle("stdin", holding: stdin ?? Data())
    process.standardOutput = try scratch.handle("stdout")
    process.standardError = try scratch.handle("stderr")
    try process.run()
    whileRunning(process)
    process.waitUntilExit()
    return Outcome(
      stdout: try scratch.text("stdout"), stderr: try scratch.text("stderr"),
      exitCode: process.terminationStatus, wasKilled: process.terminationReason != .exit)
  }
}

/// The objects of JSON Lines.
func objects(_ text: String) throws -> [[String: Any]] {
  try text.split(separator: "\n").map { line in
    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }
}

/// A folder that goes when it is no longer used.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("alexnet-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: url)
  }

  subscript(_ name: String) -> URL { url.appendingPathComponent(name) }

  /// Writes a file, with the folders it stands in.
  @discardableResult
  func write(_ data: Data, to name: String) throws -> URL {
    try FileManager.default.createDirectory(
      at: self[name].deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: self[name])
    return self[name]
  }

  /// Copies one of the photos.
  @discardableResult
  func copy(_ photo: String, to name: String) throws -> URL {
    try write(Data(contentsOf: BuiltProgram.photos.appendingPathComponent(photo)), to: name)
  }

  func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: self[name]), as: UTF8.self)
  }

  /// The pixels of a picture file.
  func picture(_ name: String) throws -> RGBImage {
    let bytes = [UInt8](try Data(contentsOf: self[name]))
    return try ImageDecoder(bytes.span, options: DecodeOptions()).decode(bytes.span).image
  }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
  }

  /// Whether a run writes to a file here now.
  var hasOpenOutput: Bool { (try? names.contains { $0.hasPrefix(".alexnet-") }) ?? false }

  fileprivate func handle(_ name: String, holding data: Data = Data()) throws -> FileHandle {
    try data.write(to: self[name])
    return try FileHandle(forUpdating: self[name])
  }
}
