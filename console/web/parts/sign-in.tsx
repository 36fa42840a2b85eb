import { useEffect, useRef, useState } from "preact/hooks";
import { signIn } from "../node/session.ts";
import { Field, Problem } from "./basics.tsx";

/** Asks for an API key, which the node keeps for this browser. */
export function SignIn() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [key, setKey] = useState("");
  const [error, setError] = useState<unknown>(undefined);
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (e: Event): Promise<void> => {
    e.preventDefault();
    if (!(await signIn(key.trim()))) {
      setError(new Error("The node does not know this key, or it has expired or was revoked."));
    }
  };
  return (
    <dialog ref={dialog} onCancel={(e) => e.preventDefault()} aria-labelledby="sign-in-title">
      <form onSubmit={submit}>
        <h2 id="sign-in-title">Sign in</h2>
        <p>
          This node asks who you are. An operator makes a key with <code>thalweg api-keys create</code>.
        </p>
        <Field label="API key" hint="Kept for twelve hours in a cookie that no script can read.">
          <input type="password" value={key} onInput={(e) => setKey(e.currentTarget.value)} autocomplete="off" />
        </Field>
        <Problem error={error} />
        <div class="actions">
          <button type="submit" disabled={key.trim() === ""}>
            Sign in
          </button>
        </div>
      </form>
    </dialog>
  );
}
