import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An HTTP server on this machine that misbehaves as it is told.
final class LoopbackServer: Sendable {
  struct Request: Sendable, Equatable {
    let path: String
    /// The first byte that was asked for, if the request named one.
    let offset: Int?
  }

  struct Answer: Sendable {
    var status = 200
    var headers: [String] = []
    var body: [UInt8] = []
    /// The connection ends after so many bytes of the body.
    var cutAfter = Int.max
    /// Seconds to wait before the body.
    var pause = 0.0

    /// The file, or the part of it that was asked for.
    static func file(_ content: [UInt8], _ request: Request) -> Answer {
      guard let offset = request.offset else {
        return Answer(headers: ["Content-Length: \(content.count)"], body: content)
      }
      guard offset < content.count else {
        return Answer(status: 416, headers: ["Content-Length: 0"])
      }
      return Answer(
        status: 206,
        headers: [
          "Content-Length: \(content.count - offset)",
          "Content-Range: bytes \(offset)-\(content.count - 1)/\(content.count)",
        ], body: Array(content[offset...]))
    }
  }

  private let listener: Int32
  private let port: UInt16
  private let log = Log()

  var url: String { "http://127.0.0.1:\(port)" }
  var requests: [Request] { log.requests.withLock { $0 } }

  init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
    #if canImport(Darwin)
      let stream = SOCK_STREAM
    #else
      let stream = Int32(SOCK_STREAM.rawValue)
    #endif
    let listener = socket(AF_INET, stream, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    // SAFETY: the address is a `sockaddr_in`, and its size is given.
    let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        unsafe bind(listener, generic, length) == 0 && listen(listener, 16) == 0
          && getsockname(listener, generic, &length) == 0
      }
    }
    guard isBound else { throw Failure() }
    self.listener = listener
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread { [log] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        if let request = Self.readRequest(connection) {
          log.requests.withLock { $0.append(request) }
          Self.send(answer(request), to: connection)
        }
        close(connection)
      }
    }
  }

  private final class Log: Sendable {
    let requests = Mutex<[Request]>([])
  }

  private struct Failure: Error {}

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  private static func readRequest(_ connection: Int32) -> Request? {
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while text.count < 65536 {
      // SAFETY: the buffer has so many bytes.
      let count = unsafe recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      text += buffer[..<count]
      if text.suffix(4) == Array("\r\n\r\n".utf8) { break }
    }
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\r\n")
    let words = lines.first?.split(separator: " ") ?? []
    guard words.count == 3 else { return nil }
    let range = lines.first { $0.lowercased().hasPrefix("range: bytes=") }
    let offset = range?.dropFirst("range: bytes=".count).prefix { $0 != "-" }
    return Request(path: String(words[1]), offset: offset.flatMap { Int($0) })
  }

  private static func send(_ answer: Answer, to connection: Int32) {
    let head = (["HTTP/1.1 \(answer.status) Test", "Connection: close"] + answer.headers)
      .joined(separator: "\r\n")
    write(Array((head + "\r\n\r\n").utf8), to: connection)
    if answer.pause > 0 { usleep(UInt32(answer.pause * 1_000_000)) }
    write(Array(answer.body.prefix(answer.cutAfter)), to: connection)
  }

  private static func write(_ bytes: [UInt8], to connection: Int32) {
    #if canImport(Darwin)
      let flags: Int32 = 0
    #else
      let flags = Int32(MSG_NOSIGNAL)
    #endif
    var rest = bytes[...]
    while !rest.isEmpty {
      // SAFETY: the slice has so many bytes.
      let count = unsafe rest.withUnsafeBytes { unsafe Self.send($0, connection, flags) }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  @unsafe private static func send(
    _ bytes: UnsafeRawBufferPointer, _ connection: Int32, _ flags: Int32
  ) -> Int {
    #if canImport(Glibc)
      unsafe Glibc.send(connection, bytes.baseAddress, bytes.count, flags)
    #elseif canImport(Musl)
      unsafe Musl.send(connection, bytes.baseAddress, bytes.count, flags)
    #else
      unsafe Darwin.send(connection, bytes.baseAddress, bytes.count, flags)
    #endif
  }
}
