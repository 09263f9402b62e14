/** Asks once more, with the connection at hand and nothing sent yet, whether a request may go out. */
import { DecoratorHandler, type Dispatcher } from "undici";

/**
 * A request waits for credentials, for a free connection and for what a server said to wait; a process may stand still anywhere between. When
 * `mayBeSent` says no, `refusal` is thrown and no byte of it has left.
 */
export const guardedBy =
  (mayBeSent: () => boolean, refusal: () => Error): Dispatcher.DispatcherComposeInterceptor =>
  (dispatch) =>
  (options, handler) =>
    dispatch(options, new GuardedHandler(handler, mayBeSent, refusal));

class GuardedHandler extends DecoratorHandler {
  readonly #mayBeSent: () => boolean;
  readonly #refusal: () => Error;
  readonly #handler: Dispatcher.DispatchHandler;

  constructor(handler: Dispatcher.DispatchHandler, mayBeSent: () => boolean, refusal: () => Error) {
    super(handler);
    this.#handler = handler;
    this.#mayBeSent = mayBeSent;
    this.#refusal = refusal;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: object): void {
    if (this.#mayBeSent()) this.#handler.onRequestStart?.(controller, context);
    else controller.abort(this.#refusal());
  }
}
